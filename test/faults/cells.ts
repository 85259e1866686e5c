import type { Emulator, Fault, FaultKind } from '../../src/emulators/emulator.ts';
import type { Brain, World, WorldOptions } from './world.ts';

export const faultKinds: readonly FaultKind[] = [
  'throttle',
  'serverError',
  'stallBefore',
  'stallAfter',
  'drip',
  'cut',
  'malformed',
  'wrongKey',
  'refuse',
];

/**
 * Of the provider's answer in a turn: before its first output, in the middle, when all of its words are out. `for good`: every
 * request of the call is struck.
 */
export const moments = ['before', 'during', 'after', 'for good'] as const;
export type Moment = (typeof moments)[number];

/** One way in which we depend on a provider. */
export interface Target {
  name: string;
  options: WorldOptions;
  emulator(world: World): Emulator;
  /** Which requests are struck. */
  of: Pick<Fault, 'path' | 'method'>;
  /** Outputs that come through before the moment. */
  outputs: Record<Exclude<Moment, 'for good'>, number>;
  /** The state of the flow in which the fault begins; null: from the first ring. */
  from: string | null;
  /** What is broken besides, so that this way is taken at all. */
  standing?: Fault;
  /** In the record, of what was struck. */
  namedAs: RegExp;
}

export interface Cell {
  target: Target;
  kind: FaultKind;
  moment: Moment;
}

/** What cannot strike in mid-stream strikes the request that follows a broken one. */
const atBeginning = new Set<FaultKind>(['throttle', 'serverError', 'stallBefore', 'wrongKey', 'refuse']);

/** Begins to strike as the cell says; gives what to do in each state of the flow. */
export function strike(world: World, { target, kind, moment }: Cell): (flowState: string) => void {
  const emulator = target.emulator(world);
  const { of, outputs, from } = target;
  emulator.standingFault = target.standing ?? null;
  if (moment === 'for good') {
    emulator.standingFault = { kind, ...(!atBeginning.has(kind) && { afterEvents: outputs.during }) };
    Object.assign(emulator.standingFault, target.standing ? { path: of.path } : of);
    return () => {};
  }
  const afterEvents = outputs[moment];
  // A kept connection that turns out to be gone is replaced without a word; so it is refused twice.
  const faults: Fault[] =
    moment === 'before'
      ? Array.from({ length: kind === 'refuse' ? 2 : 1 }, () => ({
          kind,
          ...(!atBeginning.has(kind) && { afterEvents }),
          ...of,
        }))
      : atBeginning.has(kind)
        ? [
            { kind: 'cut', afterEvents, ...of },
            { kind, ...of },
          ]
        : [{ kind, afterEvents, ...of }];
  if (from === null) emulator.nextFaults.push(...faults);
  return flowState => {
    if (flowState === from) emulator.nextFaults.push(...faults.splice(0));
  };
}

function languageTarget(brain: Brain, emulator: (world: World) => Emulator, leading: number): Target {
  return {
    name: brain,
    options: { brain },
    emulator,
    of: {},
    // Fifteen words, and `leading` events without one.
    outputs: { before: 0, during: leading + 10, after: 2 * leading + 15 },
    from: 'takingNumber.confirming',
    namedAs: new RegExp(brain),
  };
}

export const languageTargets: readonly Target[] = [
  languageTarget('bedrock', world => world.bedrock, 1),
  languageTarget('openrouter', world => world.chat, 0),
  languageTarget('azure-openai', world => world.chat, 0),
  languageTarget('openai-compatible', world => world.chat, 0),
];

export const recognitionTargets: readonly Target[] = [
  {
    name: 'deepgram listen v1',
    options: { brain: 'bedrock' },
    emulator: world => world.deepgram,
    of: { path: '/v1/listen' },
    outputs: { before: 0, during: 2, after: 5 },
    from: null,
    namedAs: /deepgram/,
  },
  {
    name: 'deepgram flux v2',
    options: { brain: 'openrouter', ears: 'flux-general-en' },
    emulator: world => world.deepgram,
    of: { path: '/v2/listen' },
    outputs: { before: 0, during: 8, after: 17 },
    from: null,
    namedAs: /deepgram/,
  },
  {
    name: 'azure recognition',
    options: { brain: 'openrouter', speech: 'azure-speech' },
    emulator: world => world.azureSpeech,
    of: { path: '/stt/' },
    // The turn and the voice begin, six hypotheses, the phrase.
    outputs: { before: 0, during: 4, after: 9 },
    from: null,
    namedAs: /azure-speech/,
  },
];

export const synthesisTargets: readonly Target[] = [
  {
    name: 'deepgram speak WebSocket',
    options: { brain: 'openrouter' },
    emulator: world => world.deepgram,
    of: { path: '/v1/speak', method: 'GET' },
    outputs: { before: 1, during: 2, after: 4 },
    from: null,
    namedAs: /deepgram/,
  },
  {
    name: 'deepgram speak REST',
    options: { brain: 'bedrock' },
    emulator: world => world.deepgram,
    of: { path: '/v1/speak', method: 'POST' },
    outputs: { before: 0, during: 1, after: 2 },
    from: null,
    standing: { kind: 'refuse', path: '/v1/speak', method: 'GET' },
    namedAs: /deepgram/,
  },
  {
    name: 'azure voice WebSocket',
    options: { brain: 'openrouter', speech: 'azure-speech' },
    emulator: world => world.azureSpeech,
    of: { path: '/tts/cognitiveservices/websocket' },
    // The turn begins, the response begins, then audio.
    outputs: { before: 2, during: 3, after: 4 },
    from: null,
    namedAs: /azure-speech/,
  },
  {
    name: 'azure voice REST',
    options: { brain: 'bedrock', speech: 'azure-speech' },
    emulator: world => world.azureSpeech,
    of: { path: '/tts/', method: 'POST' },
    outputs: { before: 0, during: 1, after: 2 },
    from: null,
    standing: { kind: 'refuse', path: '/tts/', method: 'GET' },
    namedAs: /azure-speech/,
  },
];
