import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import type { ProviderError } from '../../../runtime/provider-error.ts';
import type { Problem } from './fault.ts';

export interface AudioQueueOptions {
  clock: Clock;
  problem: Problem;
  /** From the request to the first audio. */
  firstAudioTimeoutMs: number;
  /** Between pieces of audio. */
  stallTimeoutMs: number;
}

type End = 'complete' | 'aborted' | ProviderError;

/** Audio as it is made, for one reader, who waits a bounded time for each piece. */
export class AudioQueue {
  readonly #options: AudioQueueOptions;
  readonly #pieces: Uint8Array[] = [];
  #end: End | null = null;
  #bytes = 0;
  #wake: (() => void) | null = null;

  constructor(options: AudioQueueOptions) {
    this.#options = options;
  }

  /** How much has come. */
  get bytes(): number {
    return this.#bytes;
  }

  push(audio: Uint8Array): void {
    if (this.#end || audio.length === 0) return;
    this.#bytes += audio.length;
    this.#pieces.push(audio);
    this.#wake?.();
  }

  /** All audio has come. None at all is a failure. */
  complete(): void {
    this.#finish(this.#bytes > 0 ? 'complete' : this.#options.problem('broken', 'no audio came.'));
  }

  fail(error: ProviderError): void {
    this.#finish(error);
  }

  /** Discards what has not been read. */
  abort(): void {
    this.#pieces.length = 0;
    this.#finish('aborted');
  }

  /** Throws the error that the queue failed with, or `timeout`. */
  async *read(): AsyncGenerator<Uint8Array, void> {
    let limitMs = this.#options.firstAudioTimeoutMs;
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) {
        limitMs = this.#options.stallTimeoutMs;
        yield piece;
      } else if (this.#end instanceof Error) throw this.#end;
      else if (this.#end) return;
      else await this.#wait(limitMs);
    }
  }

  #finish(end: End): void {
    this.#end ??= end;
    this.#wake?.();
  }

  async #wait(limitMs: number): Promise<void> {
    const { clock, problem } = this.#options;
    let timer: TimerHandle = null;
    await new Promise<void>(resolve => {
      this.#wake = resolve;
      timer = clock.setTimeout(
        () => this.fail(problem('timeout', `no audio came for ${limitMs} ms.`)),
        limitMs,
      );
    });
    this.#wake = null;
    clock.clearTimeout(timer);
  }
}

/**
 * Audio that `fill` puts into a queue; its own signal tells it that nobody reads any more. Throws `ProviderError`; an aborted
 * signal ends both.
 */
export async function* readWhileFilled(
  options: AudioQueueOptions,
  fill: (queue: AudioQueue, over: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  if (signal.aborted) return;
  const queue = new AudioQueue(options);
  const over = new AbortController();
  const onAbort = () => queue.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  void fill(queue, over.signal);
  try {
    yield* queue.read();
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}
