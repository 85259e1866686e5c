import type { Clock, TimerHandle } from '../../../runtime/clock.ts';

const MUTE_AFTER_MS = 5_000;

/** Notices a recogniser that says nothing at all to a voice, for so long. */
export class MuteWatch {
  readonly #clock: Clock;
  readonly #suspect: () => void;
  readonly #afterMs: number;
  #timer: TimerHandle | null = null;

  constructor(clock: Clock, suspect: () => void, afterMs = MUTE_AFTER_MS) {
    this.#clock = clock;
    this.#suspect = suspect;
    this.#afterMs = afterMs;
  }

  /** There has been a voice, and no message since. */
  get isWaiting(): boolean {
    return this.#timer !== null;
  }

  voice(): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#suspect();
    }, this.#afterMs);
  }

  answered(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
