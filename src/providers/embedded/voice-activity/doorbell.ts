const STATE = 0;
const NEVER_RUNG = 1;

const QUIET = 0;
const RUNG = 1;
const ASLEEP = 2;

/** Lets one thread sleep at no cost until others have work for it. Ringing twice wakes once; no ring is lost. */
export class Doorbell {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory = new SharedArrayBuffer(8)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** A system call only when the other thread sleeps. */
  ring(): void {
    if (Atomics.load(this.#words, STATE) === RUNG) return;
    if (Atomics.exchange(this.#words, STATE, RUNG) === ASLEEP) Atomics.notify(this.#words, STATE);
  }

  /** Sleeps until the next ring; not at all when there was one since the last sleep. */
  sleep(): void {
    if (Atomics.compareExchange(this.#words, STATE, QUIET, ASLEEP) === QUIET)
      Atomics.wait(this.#words, STATE, ASLEEP);
    Atomics.store(this.#words, STATE, QUIET);
  }

  /** Sleeps through any ringing, which the next `sleep` then finds. */
  pause(durationMs: number): void {
    Atomics.wait(this.#words, NEVER_RUNG, 0, durationMs);
  }
}
