/** What reaches a conversation from outside: a typed line, a saved flow, or that nothing more will come. */
export type Input = { kind: 'line'; text: string } | { kind: 'saved' } | { kind: 'end' };

/** Waits in line until the conversation has time for it. */
export class Inputs {
  readonly #waiting: Input[] = [];
  #wake: (() => void) | null = null;

  put(input: Input): void {
    if (input.kind === 'saved' && this.#waiting.some(({ kind }) => kind === 'saved')) return;
    this.#waiting.push(input);
    this.#wake?.();
  }

  /** A person has typed something, or leaves. */
  get isUrgent(): boolean {
    return this.#waiting.some(({ kind }) => kind !== 'saved');
  }

  async next(): Promise<Input> {
    for (;;) {
      const input = this.#waiting.shift();
      if (input) return input;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}
