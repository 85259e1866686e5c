import type { Clock, TimerHandle } from '../../runtime/clock.ts';

/** A carrier that has not asked by then does not ask. */
const FOLLOW_UP_MS = 5_000;

/**
 * Calls whose stream we have closed and whose carrier has not yet asked what to do with the caller. A server that is
 * gone by then leaves the caller with the carrier's error message.
 */
export class Departures {
  readonly #clock: Clock;
  readonly #timers = new Map<string, TimerHandle>();
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(callSid: string): void {
    this.answered(callSid);
    this.#timers.set(
      callSid,
      this.#clock.setTimeout(() => this.answered(callSid), FOLLOW_UP_MS),
    );
  }

  /** The carrier has asked, or has told us that the call is over. */
  answered(callSid: string): void {
    if (!this.#timers.has(callSid)) return;
    this.#clock.clearTimeout(this.#timers.get(callSid));
    this.#timers.delete(callSid);
    if (this.#timers.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when nobody is awaited any more, within seconds. */
  async settled(): Promise<void> {
    while (this.#timers.size > 0) await new Promise<void>(resolve => this.#waiting.push(resolve));
  }
}
