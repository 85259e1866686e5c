import type { Clock, TimerHandle } from '../../runtime/clock.ts';

/** Length of the frames that a telephone line carries. */
export const FRAME_MS = 20;

// Calls do not begin in step: spread over the frame, a thousand lines do not send a thousand messages in one burst.
const PHASES = 5;
const PHASE_MS = FRAME_MS / PHASES;

// Node's timers may go off up to a millisecond early.
const EARLY_MS = 1;

/** What happens once a frame. */
export interface Ticking {
  tick(): void;
}

/**
 * One timer for any number of lines. Each is ticked every 20 ms on a schedule that is absolute: a late tick is made up
 * for at once and shifts none after it.
 */
export class FrameTicker {
  readonly #clock: Clock;
  readonly #phases = Array.from({ length: PHASES }, () => new Set<Ticking>());
  #size = 0;
  #startedMs = 0;
  /** Number of the next phase since `#startedMs`. */
  #next = 0;
  #timer: TimerHandle | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(line: Ticking): void {
    if (this.#phases.some(phase => phase.has(line))) return;

    if (this.#size === 0) this.#restart();
    this.#nextFreePhase().add(line);
    this.#size++;
    this.#arm();
  }

  remove(line: Ticking): void {
    if (!this.#phases.some(phase => phase.delete(line))) return;

    this.#size--;
    if (this.#size === 0) this.#disarm();
  }

  #restart(): void {
    this.#startedMs = this.#clock.now();
    this.#next = PHASES;
  }

  /** The emptiest phase, and of equals the one that comes last: a new line's first frame is not cut short. */
  #nextFreePhase(): Set<Ticking> {
    let best = this.#phases[this.#next % PHASES]!;
    for (let i = 1; i < PHASES; i++) {
      const phase = this.#phases[(this.#next + i) % PHASES]!;
      if (phase.size < best.size) best = phase;
    }
    return best;
  }

  #arm(): void {
    this.#disarm();
    while (this.#phases[this.#next % PHASES]!.size === 0) this.#next++;
    const dueMs = this.#startedMs + this.#next * PHASE_MS;
    this.#timer = this.#clock.setTimeout(() => this.#run(), Math.max(0, dueMs - this.#clock.now()));
  }

  #disarm(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #run(): void {
    this.#timer = null;
    const nowMs = this.#clock.now() + EARLY_MS;
    while (this.#size > 0 && this.#startedMs + this.#next * PHASE_MS <= nowMs) {
      const phase = this.#phases[this.#next % PHASES]!;
      this.#next++;
      for (const line of phase) line.tick();
    }
    if (this.#size > 0) this.#arm();
  }
}

const tickers = new WeakMap<Clock, FrameTicker>();

/** The ticker that all lines on the same clock share. */
export function tickerOf(clock: Clock): FrameTicker {
  const ticker = tickers.get(clock) ?? new FrameTicker(clock);
  tickers.set(clock, ticker);
  return ticker;
}
