/** What reaches a conversation from outside: a typed line, a saved flow, or that nothing more will come. */
export type Input = { kind: 'line'; text: string } | { kind: 'saved' } | { kind: 'end' };

/** Waits in line until the conversation has time for it. */
export class Inputs {
  readonly #waiting: Input[] = [];
  #wake: (() => void) | null = null;
  #isLeaving = false;

  put(input: Input): void {
    if (input.kind === 'saved' && this.#waiting.some(({ kind }) => kind === 'saved')) return;
    this.#waiting.push(input);
    this.#wake?.();
  }

  /** The person leaves now, whatever else waits. */
  leave(): void {
    this.#isLeaving = true;
    this.#wake?.();
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get hasLine(): boolean {
    return this.#waiting.some(({ kind }) => kind === 'line');
  }

  async next(): Promise<Input> {
    for (;;) {
      if (this.#isLeaving) return { kind: 'end' };
      const input = this.#waiting.shift();
      if (input) return input;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}
