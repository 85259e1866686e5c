/** Runs the work of one key one after another, in the order it came, and different keys side by side. */
export class WriteOrder {
  readonly #tails = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    return this.runAll([key], work);
  }

  /** Runs work about many keys when what came before for any of them is done; what comes after for one waits for it. */
  runAll<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = keys.map(key => this.#tails.get(key)).filter(tail => tail !== undefined);
    const result = (before.length > 0 ? Promise.all(before) : Promise.resolve()).then(work);
    // What fails is its caller's affair; the next piece of work runs all the same.
    const tail = result
      .catch(() => {})
      .then(() => {
        for (const key of keys) if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
    for (const key of keys) this.#tails.set(key, tail);
    return result;
  }

  /** Resolves when nothing is left to do. */
  async drained(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values());
  }
}
