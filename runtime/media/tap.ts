/** Hears a call's audio as the two sides hear it. What it is handed is valid only during the call: copy it to keep it. */
export interface LineTap {
  /** The caller's audio, as it came. */
  caller(audio: Uint8Array, atMs: number): void;
  /** Bytes `from` to `to` of the agent's audio have left; the caller hears them from `playsAtMs` on, by playout's clock. */
  agent(audio: Uint8Array, from: number, to: number, playsAtMs: number): void;
  /** What of the agent's audio would have been heard from now on never is. */
  agentSilenced(atMs: number): void;
  /** Nothing more is heard here: the call is over, or goes on elsewhere. */
  closed(atMs: number): void;
}

/** All taps of one line; most lines have none, some have one. */
export class Taps implements LineTap {
  #all: readonly LineTap[] = [];

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Returns how to take it off again. */
  add(tap: LineTap): () => void {
    this.#all = [...this.#all, tap];
    return () => {
      this.#all = this.#all.filter(other => other !== tap);
    };
  }

  caller(audio: Uint8Array, atMs: number): void {
    for (const tap of this.#all) tap.caller(audio, atMs);
  }

  agent(audio: Uint8Array, from: number, to: number, playsAtMs: number): void {
    for (const tap of this.#all) tap.agent(audio, from, to, playsAtMs);
  }

  agentSilenced(atMs: number): void {
    for (const tap of this.#all) tap.agentSilenced(atMs);
  }

  closed(atMs: number): void {
    for (const tap of this.#all) tap.closed(atMs);
    this.#all = [];
  }
}
