/** What of the agent's words tells the caller how an order ended. */
const TOLD = /it is ordered|did not work|try again|whether that worked/i;

/**
 * The orders that a caller meant to place: one each time they agreed after having been told how the last attempt ended. More than
 * that must not be placed.
 */
export class Orders {
  readonly #broken: (what: string) => void;
  readonly #meant = new Map<string, number>();
  readonly #placed = new Map<string, number>();
  /** Agreed to, and not told yet how it ended. */
  readonly #open = new Set<string>();

  constructor(broken: (what: string) => void) {
    this.#broken = broken;
  }

  get placed(): number {
    return [...this.#placed.values()].reduce((sum, count) => sum + count, 0);
  }

  agreed(item: string): void {
    if (this.#open.has(item)) return;
    this.#open.add(item);
    this.#meant.set(item, (this.#meant.get(item) ?? 0) + 1);
  }

  hears(text: string): void {
    if (TOLD.test(text)) this.#open.clear();
  }

  place(item: string): void {
    const count = (this.#placed.get(item) ?? 0) + 1;
    this.#placed.set(item, count);
    const meant = this.#meant.get(item) ?? 0;
    if (count > meant)
      this.#broken(`the order of ${item} was placed ${count} times and meant ${meant} times`);
  }
}
