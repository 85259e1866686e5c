import { seeded } from '../../src/rehearsal/latencies.ts';

/** All that a world leaves to chance comes from here: the same seed, the same world. */
export class Chance {
  readonly #unit: () => number;
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
    this.#unit = seeded(hashOf(seed));
  }

  /** Chance of its own for a part of the world, so that what one part draws changes nothing for the others. */
  of(part: string | number): Chance {
    return new Chance(`${this.#seed}/${part}`);
  }

  /** 0 … 1. */
  unit(): number {
    return this.#unit();
  }

  happens(share: number): boolean {
    return this.#unit() < share;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#unit() * (most - least + 1));
  }

  pick<T>(from: readonly T[]): T {
    const one = from[Math.floor(this.#unit() * from.length)];
    if (one === undefined) throw new Error('There is nothing to pick from.');
    return one;
  }

  /** Mostly near `ms`, now and then three times as long. */
  latency(ms: number): number {
    return Math.round(ms * (0.7 + 2.3 * this.#unit() ** 4));
  }
}

/** FNV-1a, with the bits stirred: neighbours must not draw alike. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
