import { type Clock, SimulatedClock, type TimerHandle } from '../../runtime/clock.ts';

const TICK_MS = 1;
/** Of real time that counts between two turns of the event loop. */
const MOST_A_TURN_MS = 2.5;

/**
 * Real time, `factor` times as fast: for whole calls through real sockets and SDKs, whose answers simulated time would not
 * wait for. A busy machine slows it: however long a turn of the event loop takes, no more than a few milliseconds of it
 * count, so that whoever lives by this clock and in this process keeps up with it. It rests when no timer is armed.
 */
export class FastClock implements Clock {
  readonly #factor: number;
  readonly #inner = new SimulatedClock(Date.UTC(2026, 10, 1));
  #lastMs = 0;
  #isTicking = false;

  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Timers that are armed. */
  get pending(): number {
    return this.#inner.pending;
  }

  now(): number {
    return this.#inner.now();
  }

  wallTime(): number {
    return this.#inner.wallTime();
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    const timer = this.#inner.setTimeout(run, delayMs);
    if (!this.#isTicking) {
      this.#isTicking = true;
      this.#lastMs = performance.now();
      setTimeout(this.#tick, TICK_MS);
    }
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    this.#inner.clearTimeout(handle);
  }

  /** Resolves after so many milliseconds of this clock. */
  pass(ms: number): Promise<void> {
    return new Promise(resolve => this.setTimeout(resolve, ms));
  }

  readonly #tick = () => {
    const realMs = performance.now();
    const passedMs = Math.min(realMs - this.#lastMs, MOST_A_TURN_MS);
    this.#lastMs = realMs;
    try {
      this.#inner.advanceSync(passedMs * this.#factor);
    } finally {
      this.#isTicking = this.#inner.pending > 0;
      if (this.#isTicking) setTimeout(this.#tick, TICK_MS);
    }
  };
}
