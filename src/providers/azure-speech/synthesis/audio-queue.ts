import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { problem } from '../fault.ts';

export interface AudioLimits {
  /** From the request to the first audio. */
  firstAudioTimeoutMs: number;
  /** Between pieces of audio. */
  stallTimeoutMs: number;
}

type End = 'complete' | 'aborted' | ProviderError;

/** Audio as it is made, for one reader, who waits a bounded time for each piece. */
export class AudioQueue {
  readonly #clock: Clock;
  readonly #limits: AudioLimits;
  readonly #pieces: Uint8Array[] = [];
  #end: End | null = null;
  #bytes = 0;
  #wake: (() => void) | null = null;

  constructor(clock: Clock, limits: AudioLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  push(audio: Uint8Array): void {
    if (this.#end || audio.length === 0) return;
    this.#bytes += audio.length;
    this.#pieces.push(audio);
    this.#wake?.();
  }

  /** All audio has come. None at all is a failure. */
  complete(): void {
    this.#finish(this.#bytes > 0 ? 'complete' : problem('broken', 'no audio came.'));
  }

  fail(error: ProviderError): void {
    this.#finish(error);
  }

  /** Discards what has not been read. */
  abort(): void {
    this.#pieces.length = 0;
    this.#end = 'aborted';
    this.#wake?.();
  }

  /** How much has come. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws the error that the queue failed with, or `timeout`. */
  async *read(): AsyncGenerator<Uint8Array, void> {
    let limitMs = this.#limits.firstAudioTimeoutMs;
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) {
        limitMs = this.#limits.stallTimeoutMs;
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
    let timer: TimerHandle = null;
    await new Promise<void>(resolve => {
      this.#wake = resolve;
      timer = this.#clock.setTimeout(
        () => this.fail(problem('timeout', `no audio came for ${limitMs} ms.`)),
        limitMs,
      );
    });
    this.#wake = null;
    this.#clock.clearTimeout(timer);
  }
}
