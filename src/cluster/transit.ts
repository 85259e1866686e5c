import type { Clock } from '../../runtime/clock.ts';

/**
 * A caller hears nothing while the next node takes a call on, and that is quickest when it takes on few at once; a call that can
 * move now can mostly do so a moment later.
 */
const FEWEST = 4;
/** However short the time is: a node that is asked for more at once than it can do answers nobody in time. */
const MOST = 16;
/** How much the latest call counts. */
const WEIGHT = 0.2;
/** A carrier that is far away. */
const FIRST_GUESS_MS = 300;

/** Calls between two nodes: let go by one, and not taken on by another. */
export class Transit {
  readonly #clock: Clock;
  readonly #untilMs: number;
  readonly #sinceMs = new Map<string, number>();
  #usualMs = FIRST_GUESS_MS;

  /** `untilMs`, on the clock: when those that have not gone are ended. */
  constructor(clock: Clock, untilMs: number) {
    this.#clock = clock;
    this.#untilMs = untilMs;
  }

  left(callId: string): void {
    this.#sinceMs.set(callId, this.#clock.now());
  }

  arrived(callId: string): void {
    const sinceMs = this.#sinceMs.get(callId);
    if (sinceMs === undefined) return;
    this.#sinceMs.delete(callId);
    this.#usualMs += WEIGHT * (this.#clock.now() - sinceMs - this.#usualMs);
  }

  /** Whether another of `remaining` calls may leave: more at once where they would not all be gone in half the time that is left. */
  hasRoom(remaining: number): boolean {
    const halfMs = Math.max(1, (this.#untilMs - this.#clock.now()) / 2);
    const needed = Math.ceil((remaining * this.#usualMs) / halfMs);
    return this.#sinceMs.size < Math.min(MOST, Math.max(FEWEST, needed));
  }
}
