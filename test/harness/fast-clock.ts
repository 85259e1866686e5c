import type { Clock, TimerHandle } from '../../runtime/clock.ts';

/**
 * The system's time, running `factor` times as fast: for whole calls through real sockets and SDKs, whose answers simulated
 * time would not wait for.
 */
export class FastClock implements Clock {
  readonly #factor: number;
  readonly #epochMs = Date.UTC(2026, 10, 1);
  readonly #startMs = performance.now();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Timers that are armed. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return (performance.now() - this.#startMs) * this.#factor;
  }

  wallTime(): number {
    return this.#epochMs + this.now();
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs / this.#factor);
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    clearTimeout(handle as NodeJS.Timeout);
    this.#timers.delete(handle as NodeJS.Timeout);
  }

  /** Resolves after so many milliseconds of this clock. */
  pass(ms: number): Promise<void> {
    return new Promise(resolve => this.setTimeout(resolve, ms));
  }
}
