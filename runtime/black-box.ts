import type { StateValue } from 'xstate';

export interface BlackBoxEntry {
  atMs: number;
  event: string;
  state: StateValue;
}

const CAPACITY = 200;

/**
 * A chart makes a new value for every step, but has few states: equal values are kept once for all calls, or they would
 * be most of a call's memory.
 */
const states = new Map<string, StateValue>();

function shared(state: StateValue): StateValue {
  const key = JSON.stringify(state);
  const known = states.get(key);
  if (known === undefined) states.set(key, state);
  return known ?? state;
}

/** The last moments of a call, always kept: which event led to which state, and when. */
export class BlackBox {
  readonly #entries: BlackBoxEntry[] = [];
  #next = 0;

  write(entry: BlackBoxEntry): void {
    this.#entries[this.#next] = { ...entry, state: shared(entry.state) };
    this.#next = (this.#next + 1) % CAPACITY;
  }

  /** Oldest first. */
  read(): BlackBoxEntry[] {
    return [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
  }
}
