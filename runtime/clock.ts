/** A running timer. Opaque; only the clock that made it understands it. */
export type TimerHandle = unknown;

/** The one source of time. XState, playout, endpointing and every deadline take it as a parameter. */
export interface Clock {
  /** Monotonic milliseconds; only differences have meaning. */
  now(): number;
  /** Milliseconds since the Unix epoch, for records that people read. */
  wallTime(): number;
  setTimeout(run: () => void, delayMs: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: handle => clearTimeout(handle as NodeJS.Timeout),
};

/** The system's time, with timers that do not keep a finished process alive. */
export const backgroundClock: Clock = {
  ...systemClock,
  setTimeout: (run, delayMs) => setTimeout(run, delayMs).unref(),
};

interface SimulatedTimer {
  dueMs: number;
  order: number;
  run: () => void;
}

/**
 * Time that moves only when told to. Timers fire in order of due time, then of creation, and each sees `now()` at its
 * own due time. (XState's own SimulatedClock jumps first and fires afterwards, so chained delays are lost.)
 */
export class SimulatedClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #epochMs: number;
  readonly #timers = new Set<SimulatedTimer>();

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs;
  }

  now(): number {
    return this.#nowMs;
  }

  wallTime(): number {
    return this.#epochMs + this.#nowMs;
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    this.#timers.delete(handle as SimulatedTimer);
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer, or null when none is armed. */
  get untilNextMs(): number | null {
    const next = this.#next();
    return next ? next.dueMs - this.#nowMs : null;
  }

  /** Moves time forward, firing each timer at its due time and letting promises settle in between. */
  async advance(byMs: number): Promise<void> {
    const targetMs = this.#nowMs + byMs;
    await settle();
    for (let next = this.#next(); next && next.dueMs <= targetMs; next = this.#next()) {
      this.#fire(next);
      await settle();
    }
    this.#nowMs = targetMs;
  }

  /** Like `advance`, for code with no promises in it. */
  advanceSync(byMs: number): void {
    const targetMs = this.#nowMs + byMs;
    for (let next = this.#next(); next && next.dueMs <= targetMs; next = this.#next()) this.#fire(next);
    this.#nowMs = targetMs;
  }

  #fire(timer: SimulatedTimer): void {
    this.#timers.delete(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.run();
  }

  #next(): SimulatedTimer | undefined {
    let first: SimulatedTimer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Lets every promise that can settle without time passing do so. */
async function settle(): Promise<void> {
  for (let i = 0; i < 1; i++) await new Promise<void>(resolve => setImmediate(resolve));
}
