/** Spreads restarts out, so that what crashes again and again does not eat the machine. */
export class RestartBudget {
  readonly #restarts: number;
  readonly #periodMs: number;
  #startedAtMs: number[] = [];

  constructor(restarts: number, periodMs: number) {
    this.#restarts = restarts;
    this.#periodMs = periodMs;
  }

  /** Books the next restart and says how long to wait before it. */
  take(nowMs: number): number {
    const oldest = this.#startedAtMs.at(-this.#restarts);
    const startMs = Math.max(nowMs, oldest === undefined ? nowMs : oldest + this.#periodMs);
    this.#startedAtMs = [...this.#startedAtMs, startMs].slice(-this.#restarts);

    return startMs - nowMs;
  }
}
