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

/** Audio from a socket, for one reader, who waits a bounded time for each piece. */
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

  end(end: End): void {
    this.#end ??= end;
    if (end === 'aborted') this.#pieces.length = 0;
    this.#wake?.();
  }

  /** Throws the error that the queue was ended with, or `timeout`. */
  async *read(): AsyncGenerator<Uint8Array, void> {
    let hasRead = false;
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) {
        hasRead = true;
        yield piece;
      } else if (this.#end === 'complete' || this.#end === 'aborted') return;
      else if (this.#end) throw this.#end;
      else await this.#wait(hasRead ? this.#limits.stallTimeoutMs : this.#limits.firstAudioTimeoutMs);
    }
  }

  async #wait(limitMs: number): Promise<void> {
    let timer: TimerHandle = null;
    await new Promise<void>(resolve => {
      this.#wake = resolve;
      timer = this.#clock.setTimeout(
        () => this.end(problem('timeout', `no audio came for ${limitMs} ms.`)),
        limitMs,
      );
    });
    this.#wake = null;
    this.#clock.clearTimeout(timer);
  }
}
