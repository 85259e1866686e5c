import type { StateValue } from 'xstate';

export interface BlackBoxEntry {
  atMs: number;
  event: string;
  state: StateValue;
}

const CAPACITY = 200;

/** The last moments of a call, always kept: which event led to which state, and when. Nothing is serialised. */
export class BlackBox {
  readonly #entries: BlackBoxEntry[] = [];
  #next = 0;

  write(entry: BlackBoxEntry): void {
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % CAPACITY;
  }

  /** Oldest first. */
  read(): BlackBoxEntry[] {
    return [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
  }
}
