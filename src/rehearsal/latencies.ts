/** How long the others take, in milliseconds. */
export interface Latencies {
  /** From the request for the final text to the text. */
  recognition: number;
  /** From the caller's words to the model's first. What a flow says by itself takes no thought. */
  model: number;
  /** From a sentence to its first audio. */
  voice: number;
  /** From a tool's start to its result, beside its own time. */
  tool: number;
}

/** What good providers take on a good day. */
export const usualLatencies: Latencies = { recognition: 150, model: 350, voice: 120, tool: 400 };

/** How far a latency strays when it is shaken: a third shorter, or three times as long on a bad day. */
const SHORTEST = 0.7;
const LONGEST = 3;

/** Numbers 0 … 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A latency as it may turn out: mostly a little off, now and then long. */
export function shaken(ms: number, random: () => number): number {
  return Math.round(ms * (SHORTEST + (LONGEST - SHORTEST) * random() ** 4));
}
