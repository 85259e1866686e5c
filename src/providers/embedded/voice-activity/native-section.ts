const INSIDE = 0;
const BARRED = 1;
const NEVER_RUNG = 2;

/**
 * The stretches in which a worker thread runs native code that must not be cut short. onnxruntime-node does not catch
 * what Node throws into it when its thread is ended, and takes the whole process down: `process.exit(0)` in the middle of
 * an inference would end with SIGABRT. So the main thread bars the section before the process ends.
 */
export class NativeSection {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory = new SharedArrayBuffer(12)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** For the worker. Does not return, but sleeps until the thread is ended, once the section is barred. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    Atomics.store(this.#words, INSIDE, 1);
    if (Atomics.load(this.#words, BARRED) === 1) {
      this.#leave();
      Atomics.wait(this.#words, NEVER_RUNG, 0);
    }

    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** For the main thread. Blocks it until the worker is outside, for good; false when that took too long. */
  bar(timeoutMs: number): boolean {
    Atomics.store(this.#words, BARRED, 1);

    return Atomics.wait(this.#words, INSIDE, 1, timeoutMs) !== 'timed-out';
  }

  #leave(): void {
    Atomics.store(this.#words, INSIDE, 0);
    Atomics.notify(this.#words, INSIDE);
  }
}
