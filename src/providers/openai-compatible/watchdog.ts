import type { Clock, TimerHandle } from '../../../runtime/clock.ts';

/** Bounds a wait. It runs only while we wait for the provider, never while our own reader takes its time. */
export class Watchdog {
  /** The limit that was passed, in ms; null while none was. */
  passedMs: number | null = null;
  readonly #clock: Clock;
  readonly #bark: () => void;
  #timer: TimerHandle | null = null;

  constructor(clock: Clock, bark: () => void) {
    this.#clock = clock;
    this.#bark = bark;
  }

  /** Begins a wait, or goes on with the one under way. */
  watch(limitMs: number): void {
    if (this.#timer !== null || this.passedMs !== null) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.passedMs = limitMs;
      this.#bark();
    }, limitMs);
  }

  rest(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
