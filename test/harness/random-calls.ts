import fc from 'fast-check';
import type { StateValue } from 'xstate';
import type { Clock } from '../../runtime/clock.ts';
import type { FrozenCall } from '../../runtime/frozen-call.ts';
import type { CallStart, LogEntry } from '../../runtime/journal.ts';
import type { Tool } from '../../runtime/ports.ts';
import { MemoryJournal, SimCall, type SimOptions } from './sim-call.ts';

const TOOL_MS = 700;
/** The supervisor's session. */
const by = 'session 1';

/** Something that can happen to a call, and then time. */
export type Deed = { kind: 'say'; words: string } | { kind: 'keys'; digits: string } | { kind: PlainDeed };
type PlainDeed =
  | 'noise'
  | 'nothing'
  | 'hangUp'
  | 'loseLine'
  | 'breakVoice'
  | 'breakHearing'
  | 'breakTool'
  | 'move'
  | 'conclude'
  | 'takeOver'
  | 'leave'
  | 'giveBack'
  | 'dictate';
export type Tape = readonly { deed: Deed; thenMs: number }[];

export interface Delays {
  model: number;
  voice: number;
}

const sayings = [
  'one zero two four.',
  'one one one one.',
  'my order number is one zero.',
  'yes.',
  'no.',
  'help.',
  'agent.',
  'bananas',
  'opening hours.',
  'goodbye.',
];

function plain(...kinds: PlainDeed[]): fc.Arbitrary<Deed> {
  return fc.constantFrom(...kinds.map(kind => ({ kind })));
}

const deeds: fc.Arbitrary<Tape[number]> = fc.record({
  deed: fc.oneof(
    {
      weight: 8,
      arbitrary: fc.constantFrom(...sayings).map((words): Deed => ({ kind: 'say', words })),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('7', '1024', '1111').map((digits): Deed => ({ kind: 'keys', digits })),
    },
    { weight: 2, arbitrary: plain('noise', 'nothing') },
    {
      weight: 2,
      arbitrary: plain('hangUp', 'loseLine', 'breakVoice', 'breakHearing', 'breakTool', 'move', 'conclude'),
    },
    { weight: 1, arbitrary: plain('takeOver', 'leave', 'giveBack', 'dictate') },
  ),
  // Short enough to cut the agent off, long enough to be taken for gone.
  thenMs: fc.integer({ min: 1, max: 500 }).map(frames => frames * 20),
});

export const tapes: fc.Arbitrary<Tape> = fc.array(deeds, { minLength: 1, maxLength: 12 });
export const delays: fc.Arbitrary<Delays> = fc.record({
  model: fc.constantFrom(0, 200, 3_000),
  voice: fc.constantFrom(0, 150),
});

/** A call that was lived on one node or on several, as its journals have it. */
export interface Lived {
  start: CallStart;
  steps: readonly { event: string; state: StateValue }[];
  entries: readonly LogEntry[];
  /** Every one that was written down, in order. */
  snapshots: readonly FrozenCall[];
  last: SimCall;
}

/** Keeps every snapshot. */
export class KeepingJournal extends MemoryJournal {
  readonly #snapshots: FrozenCall[];

  constructor(snapshots: FrozenCall[]) {
    super();
    this.#snapshots = snapshots;
  }

  override async saveSnapshot(callId: string, frozen: unknown): Promise<void> {
    await super.saveSnapshot(callId, frozen);
    this.#snapshots.push(this.frozen as FrozenCall);
  }
}

export async function live(tape: Tape, delaysMs: Delays): Promise<Lived> {
  const tool = new FickleTool();
  const snapshots: FrozenCall[] = [];
  const options: SimOptions = {
    navigatorDelayMs: delaysMs.model,
    firstAudioMs: delaysMs.voice,
    recognitionMs: 80,
    tools: [tool.asTool],
    host: { transferNumber: delaysMs.model > 500 ? '+12025550199' : null },
    inspected: true,
  };
  const onNode = (restore?: SimOptions['restore']) =>
    new SimCall({ ...options, journal: new KeepingJournal(snapshots), ...(restore && { restore }) });
  let sim = onNode();
  tool.clock = sim.clock;
  const steps: Lived['steps'][number][] = [];
  for (const { deed, thenMs } of tape) {
    if (sim.hasEnded) break;
    if (deed.kind === 'breakTool') tool.isBroken = !tool.isBroken;
    else if (deed.kind !== 'move') await act(sim, deed);
    else if (!sim.call.isOver) {
      // What the node that died still did, nobody knows.
      steps.push(...sim.steps);
      sim = onNode(sim.leftBehind());
      tool.clock = sim.clock;
      sim.reconnect();
    }
    await sim.pass(thenMs);
  }
  if (!sim.hasEnded) sim.call.send({ type: 'call.hangUp', outcome: 'stopped' });
  await sim.over();
  // As a journal gives it back.
  const entries = JSON.parse(JSON.stringify([...sim.inherited, ...sim.journal.entries]));
  return { start: sim.call.start, steps: [...steps, ...sim.steps], entries, snapshots, last: sim };
}

export async function act(sim: SimCall, deed: Deed): Promise<void> {
  switch (deed.kind) {
    case 'say':
      sim.say(deed.words);
      return;
    case 'keys':
      for (const digit of deed.digits) {
        sim.carrier.key(digit);
        await sim.pass(100);
      }
      return;
    case 'noise':
      sim.noise(300);
      return;
    case 'hangUp':
      sim.carrier.hangUp();
      return;
    case 'loseLine':
      sim.carrier.close();
      await sim.pass(2_000);
      if (!sim.hasEnded && !sim.call.isOver) sim.reconnect();
      return;
    case 'breakVoice':
      sim.synthesis.failing = !sim.synthesis.failing;
      return;
    case 'breakHearing':
      sim.recognition.opened.at(-1)?.listener.failed(new Error('gone'));
      return;
    case 'conclude':
      sim.host.conclude();
      return;
    case 'takeOver':
      sim.call.send({ type: 'supervisor.tookOver', by });
      for (let frames = 0; frames < 10; frames++) sim.call.line.speakInPlace(new Uint8Array(160));
      return;
    case 'leave':
      sim.call.send({ type: 'supervisor.left', by });
      return;
    case 'giveBack':
      sim.call.send({ type: 'supervisor.gaveBack', by });
      return;
    case 'dictate':
      sim.call.send({ type: 'supervisor.whispered', by, text: 'One thing more.', say: true });
      return;
  }
}

/** An order lookup that knows one order, and fails when told to. */
export class FickleTool {
  isBroken = false;
  /** Of the node that the call is on. */
  clock: Clock | null = null;

  get asTool(): Tool {
    return {
      name: 'lookUpOrder',
      description: 'Looks an order up.',
      timeoutMs: 5_000,
      run: async ({ orderNumber }) => {
        await new Promise<void>(resolve => this.clock?.setTimeout(resolve, TOOL_MS));
        if (this.isBroken) throw new Error('the records are closed');
        if (orderNumber !== '1024') return { found: false };
        return { found: true, item: 'a lamp', status: 'is on its way', arrival: 'It comes tomorrow.' };
      },
    };
  }
}

const wait = (thenMs: number) => ({ deed: { kind: 'nothing' as const }, thenMs });
const say = (words: string, thenMs: number) => ({ deed: { kind: 'say' as const, words }, thenMs });
const keys = (digits: string, thenMs: number) => ({ deed: { kind: 'keys' as const, digits }, thenMs });
const happens = (kind: PlainDeed, thenMs: number) => ({ deed: { kind }, thenMs });

/** Something of everything, so that no property is ever proved on dull calls alone. */
export const eventful: Tape = [
  wait(8_000),
  say('one zero two four.', 8_000),
  say('yes.', 2_000),
  // Into the agent's answer.
  say('help.', 3_000),
  happens('move', 9_000),
  happens('breakTool', 20),
  keys('1024', 12_000),
  happens('breakTool', 20),
  say('yes.', 12_000),
  say('agent.', 9_000),
  keys('7', 9_000),
  happens('loseLine', 7_000),
  wait(12_000),
  happens('dictate', 3_000),
  happens('takeOver', 2_000),
  say('hello.', 2_000),
  happens('leave', 12_000),
  happens('breakVoice', 20),
  say('help.', 2_000),
  happens('breakVoice', 9_000),
  happens('conclude', 1_000),
  happens('hangUp', 1_000),
];
