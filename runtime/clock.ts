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

/** Resolves when so much time has passed. */
export function passing(delayMs: number, clock: Clock): Promise<void> {
  return new Promise(resolve => {
    clock.setTimeout(resolve, delayMs);
  });
}

interface SimulatedTimer {
  dueMs: number;
  order: number;
  run: () => void;
  isArmed: boolean;
}

/** Below so many it is not worth it to throw cleared timers out. */
const FEW_TIMERS = 64;

/**
 * Time that moves only when told to. Timers fire in order of due time, then of creation, and each sees `now()` at its
 * own due time. (XState's own SimulatedClock jumps first and fires afterwards, so chained delays are lost.)
 */
export class SimulatedClock implements Clock {
  #nowMs = 0;
  #order = 0;
  readonly #epochMs: number;
  /** A binary heap, the next timer first. Cleared timers stay in it until they come up or are the most. */
  #heap: SimulatedTimer[] = [];
  #armed = 0;

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
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run, isArmed: true };
    this.#armed++;
    this.#heap.push(timer);
    siftUp(this.#heap, this.#heap.length - 1);
    return timer;
  }

  clearTimeout(handle: TimerHandle): void {
    const timer = handle as SimulatedTimer | null | undefined;
    if (!timer?.isArmed) return;
    timer.isArmed = false;
    this.#armed--;
    if (this.#heap.length > FEW_TIMERS && this.#heap.length > 2 * this.#armed) this.#throwOutCleared();
  }

  /** How many timers are armed. */
  get pending(): number {
    return this.#armed;
  }

  /** Milliseconds until the next timer, or null when none is armed. */
  get untilNextMs(): number | null {
    const next = this.#next();
    return next ? next.dueMs - this.#nowMs : null;
  }

  /** Moves time forward, firing each timer at its due time and letting promises settle in between. */
  async advance(byMs: number): Promise<void> {
    await this.#advance(byMs, letOutsideIn);
  }

  /**
   * Like `advance`, four times as fast, for code that waits for nothing outside the process: no file, socket or thread is
   * heard of in between.
   */
  async advanceInside(byMs: number): Promise<void> {
    await this.#advance(byMs, settled);
    await letOutsideIn();
  }

  /** Like `advance`, for code with no promises in it. */
  advanceSync(byMs: number): void {
    const targetMs = this.#nowMs + byMs;
    for (let next = this.#next(); next && next.dueMs <= targetMs; next = this.#next()) this.#fire(next);
    this.#nowMs = targetMs;
  }

  async #advance(byMs: number, settle: () => Promise<void>): Promise<void> {
    const targetMs = this.#nowMs + byMs;
    await settle();
    for (let next = this.#next(); next && next.dueMs <= targetMs; next = this.#next()) {
      this.#fire(next);
      await settle();
    }
    this.#nowMs = targetMs;
  }

  #fire(timer: SimulatedTimer): void {
    this.clearTimeout(timer);
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.run();
  }

  #next(): SimulatedTimer | undefined {
    const heap = this.#heap;
    while (heap[0] && !heap[0].isArmed) {
      const last = heap.pop() as SimulatedTimer;
      if (heap.length === 0) return undefined;
      heap[0] = last;
      siftDown(heap, 0);
    }
    return heap[0];
  }

  #throwOutCleared(): void {
    // In order is a heap as well.
    this.#heap = this.#heap.filter(timer => timer.isArmed).sort((a, b) => (comesBefore(a, b) ? -1 : 1));
  }
}

function comesBefore(one: SimulatedTimer, other: SimulatedTimer): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}

function siftUp(heap: SimulatedTimer[], from: number): void {
  const timer = heap[from] as SimulatedTimer;
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as SimulatedTimer;
    if (!comesBefore(timer, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = timer;
}

function siftDown(heap: SimulatedTimer[], from: number): void {
  const timer = heap[from] as SimulatedTimer;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    const right = heap[child + 1];
    if (right && comesBefore(right, heap[child] as SimulatedTimer)) child++;
    const below = heap[child] as SimulatedTimer;
    if (!comesBefore(below, timer)) break;
    heap[at] = below;
    at = child;
  }
  heap[at] = timer;
}

/** One turn of the event loop, after every promise that can settle without time passing has. */
function letOutsideIn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** After every promise that can settle without time passing has: Node runs a tick only when none is left that could. */
function settled(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve));
}
