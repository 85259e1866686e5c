import type { Log } from '../../runtime/call.ts';
import type {
  Recognition,
  RecognitionListener,
  RecognitionOptions,
  RecognitionStream,
  Synthesis,
  SynthesisOptions,
  SynthesisStream,
} from '../../runtime/ports.ts';
import { ProviderError } from '../../runtime/provider-error.ts';
import { UtteranceMemory } from './utterance-memory.ts';

/**
 * Recognisers in order: a call listens by the first, and by the next when that one fails for good. The call hears of a failure
 * only when none is left, and what was said meanwhile is heard again by the next.
 */
export function fallbackRecognition(
  sources: readonly [Recognition, ...Recognition[]],
  log: Log,
): Recognition {
  if (sources.length === 1) return sources[0];
  return {
    name: sources.map(source => source.name).join(', else '),
    detectsTurns: sources[0].detectsTurns,
    open: (options, listener) => new FallbackEars(sources, options, listener, log),
    close: async () => {
      await Promise.all(sources.map(source => source.close()));
    },
  };
}

class FallbackEars implements RecognitionStream {
  readonly #sources: readonly Recognition[];
  readonly #listener: RecognitionListener;
  readonly #log: Log;
  readonly #memory = new UtteranceMemory();
  #options: RecognitionOptions;
  #at = 0;
  #stream: RecognitionStream;
  #hasVoice = false;
  #finishing = false;
  #mayHaveEnded = false;
  /** The source that fell decided on turns, and owes the end of one. */
  #owesTurnEnd = false;
  #isClosed = false;

  constructor(
    sources: readonly Recognition[],
    options: RecognitionOptions,
    listener: RecognitionListener,
    log: Log,
  ) {
    this.#sources = sources;
    this.#options = options;
    this.#listener = listener;
    this.#log = log;
    this.#stream = this.#open();
  }

  get detectsTurns(): boolean {
    return this.#sources[this.#at]?.detectsTurns ?? false;
  }

  write(audio: Uint8Array): void {
    if (!this.#isLast) this.#memory.write(audio);
    this.#stream.write(audio);
  }

  speechStarted(): void {
    this.#hasVoice = true;
    this.#memory.keep();
    this.#stream.speechStarted();
  }

  speechStopped(): void {
    this.#hasVoice = false;
    this.#stream.speechStopped();
  }

  finish(): void {
    this.#finishing = true;
    this.#stream.finish();
  }

  expect(phrases: readonly string[]): void {
    this.#options = { ...this.#options, phrases };
    this.#stream.expect(phrases);
  }

  close(): void {
    this.#isClosed = true;
    this.#stream.close();
  }

  get #isLast(): boolean {
    return this.#at + 1 >= this.#sources.length;
  }

  #open(): RecognitionStream {
    const source = this.#sources[this.#at] as Recognition;
    const at = this.#at;
    // What an abandoned source still says is not heard.
    const isCurrent = () => at === this.#at && !this.#isClosed;
    const listener = this.#listener;
    return source.open(this.#options, {
      partial: (text, complete) => isCurrent() && listener.partial(text, complete),
      final: (text, confidence) => isCurrent() && this.#final(text, confidence),
      turnEnded: () => isCurrent() && this.#turnEnded(),
      turnMayHaveEnded: text => {
        if (!isCurrent()) return;
        this.#mayHaveEnded = true;
        listener.turnMayHaveEnded?.(text);
      },
      turnResumed: () => isCurrent() && this.#resume(),
      heardVoice: () => isCurrent() && listener.heardVoice?.(),
      heardLanguage: language => isCurrent() && listener.heardLanguage?.(language),
      failed: error => isCurrent() && this.#failed(error),
    });
  }

  #final(text: string, confidence: number): void {
    this.#finishing = false;
    this.#memory.forget();
    if (this.#hasVoice) this.#memory.keep();
    this.#listener.final(text, confidence);
    if (this.#owesTurnEnd) this.#turnEnded();
  }

  #turnEnded(): void {
    this.#owesTurnEnd = false;
    this.#mayHaveEnded = false;
    this.#listener.turnEnded?.();
  }

  #resume(): void {
    if (!this.#mayHaveEnded) return;
    this.#mayHaveEnded = false;
    this.#listener.turnResumed?.();
  }

  #failed(error: Error): void {
    const source = this.#sources[this.#at] as Recognition;
    if (this.#isLast) {
      this.#listener.failed(error);
      return;
    }
    this.#at++;
    const next = this.#sources[this.#at] as Recognition;
    this.#log.warn(
      { callId: this.#options.callId, err: error },
      `${source.name} failed; ${next.name} listens now.`,
    );
    this.#options.explain?.(`${source.name} failed${reasonOf(error)}; ${next.name} listens now.`);
    this.#resume();
    this.#stream = this.#open();
    this.#hearAgain(source.detectsTurns && !next.detectsTurns);
  }

  /** What was said and not made out is heard by the one who listens now. */
  #hearAgain(decidedOnTurns: boolean): void {
    const unsettled = this.#memory.take();
    if (!unsettled) return;
    this.#stream.speechStarted();
    for (const audio of unsettled) this.#stream.write(audio);
    if (this.#hasVoice) return;
    this.#stream.speechStopped();
    // Nobody else would ask for the words of a voice that has gone already.
    this.#owesTurnEnd = decidedOnTurns && !this.#finishing;
    if (this.#finishing || this.#owesTurnEnd) this.#stream.finish();
  }
}

/** What of a failure may be shown to anybody: the words of adapters, never those of libraries. */
function reasonOf(error: unknown): string {
  return error instanceof ProviderError ? ` (${error.message.replace(/[.]$/, '')})` : '';
}

/**
 * Voices in order: a sentence that one cannot begin is said by the next. A sentence that breaks off in the middle is not said
 * again by another voice from the start; it fails, and the call decides.
 */
export function fallbackSynthesis(sources: readonly [Synthesis, ...Synthesis[]], log: Log): Synthesis {
  if (sources.length === 1) return sources[0];
  return {
    name: sources.map(source => source.name).join(', else '),
    open: options => new FallbackVoice(sources, options, log),
    close: async () => {
      await Promise.all(sources.map(source => source.close()));
    },
  };
}

/** Failures in a row after which a voice is not tried first any more in this call. */
const MAX_FAILURES = 2;

class FallbackVoice implements SynthesisStream {
  readonly #sources: readonly Synthesis[];
  readonly #options: SynthesisOptions;
  readonly #log: Log;
  readonly #streams = new Map<Synthesis, SynthesisStream>();
  readonly #failures = new Map<Synthesis, number>();

  constructor(sources: readonly Synthesis[], options: SynthesisOptions, log: Log) {
    this.#sources = sources;
    this.#options = options;
    this.#log = log;
    const [first] = sources;
    if (first) this.#tryOpen(first);
  }

  async *speak(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let failure: unknown = new Error('No voice is open.');
    const failed: string[] = [];
    for (const source of this.#inOrder()) {
      let begun = false;
      try {
        const stream = this.#streams.get(source) ?? this.#tryOpen(source);
        if (!stream) continue;
        for await (const audio of stream.speak(text, signal)) {
          if (!begun && failed.length > 0)
            this.#options.explain?.(`${failed.join('; ')}; ${source.name} speaks now.`);
          begun = true;
          yield audio;
        }
        this.#failures.delete(source);
        return;
      } catch (error) {
        if (signal.aborted) return;
        failure = error;
        this.#failures.set(source, (this.#failures.get(source) ?? 0) + 1);
        this.#log.warn({ callId: this.#options.callId, err: error }, `${source.name} could not speak.`);
        failed.push(`${source.name} could not speak${reasonOf(error)}`);
        if (begun) {
          this.#options.explain?.(`${failed.join('; ')} to the end.`);
          throw error;
        }
      }
    }
    throw failure;
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
  }

  #inOrder(): Synthesis[] {
    const tired = (source: Synthesis) => (this.#failures.get(source) ?? 0) >= MAX_FAILURES;
    return [...this.#sources.filter(source => !tired(source)), ...this.#sources.filter(tired)];
  }

  /** Not every voice speaks every language. */
  #tryOpen(source: Synthesis): SynthesisStream | null {
    try {
      const stream = source.open(this.#options);
      this.#streams.set(source, stream);
      return stream;
    } catch (error) {
      this.#log.warn(
        { callId: this.#options.callId, err: error },
        `${source.name} cannot speak on this call.`,
      );
      return null;
    }
  }
}
