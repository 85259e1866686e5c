import type { Clock } from '../../runtime/clock.ts';
import type {
  LanguageModel,
  Recognition,
  RecognitionListener,
  Synthesis,
  Tool,
} from '../../runtime/ports.ts';
import { ProviderError } from '../../runtime/provider-error.ts';
import type { ChatProvider } from '../language/chat.ts';
import { sleep } from './text-voice.ts';

export const faultyParts = ['model', 'recognition', 'voice', 'tool'] as const;
/** What can go wrong beside the line. */
export type FaultyPart = (typeof faultyParts)[number];

/** `slow`: by so many milliseconds. */
export type Fault = { kind: 'fails' } | { kind: 'stalls' } | { kind: 'slow'; byMs: number };

/** What of the call decides whether a use of a part counts: a guess that nobody hears of does not. */
export interface FaultyCall {
  isGuessing(): boolean;
  /** The turn that the agent is in. */
  turn(): number;
  /** The turn became part of the conversation. */
  wasHeard(turn: number): boolean;
}

interface Armed {
  fault: Fault;
  times: number;
  /** The turn that it struck last, however often the model was asked in it. */
  turn: number | null;
}

/** What is to go wrong, and how often: in so many turns where a model's provider meets it, in so many uses elsewhere. */
export class Faults {
  readonly #armed = new Map<FaultyPart, Armed>();
  readonly #call: FaultyCall;
  #isMetNearer = false;

  constructor(call: FaultyCall) {
    this.#call = call;
  }

  /** The next `times` uses of the part, or turns of a hosted model, meet the fault. */
  arm(part: FaultyPart, fault: Fault, times = 1): void {
    this.#armed.set(part, { fault, times, turn: null });
  }

  /** The model's faults strike at its provider from now on, so that what stands behind the provider takes over. */
  meetAtProvider(chat: ChatProvider, clock: Clock): ChatProvider {
    this.#isMetNearer = true;
    const faults = this;
    return {
      name: chat.name,
      async *stream(request, signal) {
        const fault = faults.#takeInTurn();
        const about = { provider: chat.name, region: request.region };
        if (fault?.kind === 'fails')
          throw new ProviderError('unavailable', 'it fails as it was told to.', about);
        if (fault?.kind === 'slow') await sleep(clock, fault.byMs, signal);
        if (fault?.kind === 'stalls') {
          await sleep(clock, request.firstTokenTimeoutMs, signal);
          if (!signal.aborted) throw new ProviderError('timeout', 'it stalls as it was told to.', about);
        }
        if (!signal.aborted) yield* chat.stream(request, signal);
      },
      close: () => chat.close(),
    };
  }

  /** For the model as a whole; nothing when its provider meets them. */
  takeForModel(): Fault | null {
    return this.#isMetNearer ? null : this.take('model');
  }

  take(part: FaultyPart): Fault | null {
    const armed = this.#armed.get(part);
    if (!armed) return null;
    if (!this.#call.isGuessing() && --armed.times === 0) this.#armed.delete(part);
    return armed.fault;
  }

  /** A model is asked again when it fails; all that it is asked in one turn meets the same fault. */
  #takeInTurn(): Fault | null {
    const armed = this.#armed.get('model');
    if (!armed) return null;
    const turn = this.#call.turn();
    const isOver = armed.turn !== null && armed.turn !== turn && this.#call.wasHeard(armed.turn);
    if (isOver && --armed.times === 0) {
      this.#armed.delete('model');
      return null;
    }
    armed.turn = turn;
    return armed.fault;
  }
}

export function faultyModel(model: LanguageModel, faults: Faults, clock: Clock): LanguageModel {
  return {
    name: model.name,
    async *reply(request, signal) {
      await meet(faults.takeForModel(), 'the model', clock, signal);
      yield* model.reply(request, signal);
    },
  };
}

export function faultyVoice(voice: Synthesis, faults: Faults, clock: Clock): Synthesis {
  return {
    name: voice.name,
    open(options) {
      const stream = voice.open(options);
      return {
        async *speak(text, signal) {
          await meet(faults.take('voice'), 'the voice', clock, signal);
          if (!signal.aborted) yield* stream.speak(text, signal);
        },
        close: () => stream.close(),
      };
    },
    close: () => voice.close(),
  };
}

export function faultyTool(tool: Tool, faults: Faults, clock: Clock): Tool {
  return {
    ...tool,
    async run(input, context) {
      await meet(faults.take('tool'), `the tool ${tool.name}`, clock, context.signal);
      context.signal.throwIfAborted();
      return tool.run(input, context);
    },
  };
}

/** Fails, stalls or dawdles when it is asked for the words it has heard. */
export function faultyRecognition(recognition: Recognition, faults: Faults, clock: Clock): Recognition {
  return {
    name: recognition.name,
    detectsTurns: recognition.detectsTurns,
    open(options, listener) {
      let isClosed = false;
      let isStalled = false;
      const heard: RecognitionListener = {
        ...listenerOf(listener),
        final: (text, confidence) => {
          if (!isStalled) listener.final(text, confidence);
          isStalled = false;
        },
      };
      const stream = recognition.open(options, heard);
      return {
        write: audio => stream.write(audio),
        speechStarted: () => stream.speechStarted(),
        speechStopped: () => stream.speechStopped(),
        expect: phrases => stream.expect(phrases),
        finish() {
          const fault = faults.take('recognition');
          if (fault?.kind === 'fails') return listener.failed(new Error('the recogniser is gone'));
          if (fault?.kind === 'stalls') isStalled = true;
          if (fault?.kind !== 'slow') return stream.finish();
          clock.setTimeout(() => isClosed || stream.finish(), fault.byMs);
        },
        close() {
          isClosed = true;
          stream.close();
        },
      };
    },
    close: () => recognition.close(),
  };
}

/** Its methods, bound: it may be an object with fields of its own. */
function listenerOf(listener: RecognitionListener): RecognitionListener {
  return {
    partial: (text, complete) => listener.partial(text, complete),
    final: (text, confidence) => listener.final(text, confidence),
    failed: error => listener.failed(error),
    turnEnded: () => listener.turnEnded?.(),
    turnMayHaveEnded: text => listener.turnMayHaveEnded?.(text),
    turnResumed: () => listener.turnResumed?.(),
  };
}

async function meet(fault: Fault | null, what: string, clock: Clock, signal: AbortSignal): Promise<void> {
  if (fault === null) return;
  if (fault.kind === 'fails') throw new Error(`${what} is gone`);
  if (fault.kind === 'slow') return sleep(clock, fault.byMs, signal);
  await aborted(signal);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
