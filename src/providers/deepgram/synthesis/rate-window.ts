import type { Clock } from '../../../../runtime/clock.ts';

/** So much and no more within any stretch of time. */
export class RateWindow {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #windowMs: number;
  #taken: { atMs: number; amount: number }[] = [];

  constructor(clock: Clock, limit: number, windowMs: number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  hasRoom(amount: number): boolean {
    const sinceMs = this.#clock.now() - this.#windowMs;
    this.#taken = this.#taken.filter(({ atMs }) => atMs > sinceMs);
    return this.#taken.reduce((sum, each) => sum + each.amount, amount) <= this.#limit;
  }

  take(amount: number): void {
    this.#taken.push({ atMs: this.#clock.now(), amount });
  }

  /** The other side says that it was too much already. */
  exhaust(): void {
    this.take(this.#limit);
  }

  reset(): void {
    this.#taken = [];
  }
}
