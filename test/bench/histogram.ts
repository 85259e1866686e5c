const RESOLUTION_MS = 0.01;
const LONGEST_MS = 2_000;

/** What a histogram says, in milliseconds. */
export interface Spread {
  count: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

/** Counts times, exact to 10 µs up to 2 s, or as far as it is told. Adding costs no allocation, so that it can sit in the path it measures. */
export class Histogram {
  readonly #counts: Uint32Array;
  #count = 0;
  #max = 0;

  constructor(longestMs = LONGEST_MS) {
    this.#counts = new Uint32Array(longestMs / RESOLUTION_MS);
  }

  add(ms: number): void {
    const index = Math.max(0, Math.min(this.#counts.length - 1, Math.round(ms / RESOLUTION_MS)));
    this.#counts[index]!++;
    this.#count++;
    if (ms > this.#max) this.#max = ms;
  }

  addAll(other: Histogram): void {
    for (let index = 0; index < this.#counts.length; index++) this.#counts[index]! += other.#counts[index]!;
    this.#count += other.#count;
    this.#max = Math.max(this.#max, other.#max);
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#max = 0;
  }

  spread(): Spread {
    return {
      count: this.#count,
      p50: this.#quantile(0.5),
      p95: this.#quantile(0.95),
      p99: this.#quantile(0.99),
      max: this.#max,
    };
  }

  #quantile(share: number): number {
    let left = Math.ceil(share * this.#count);
    if (left === 0) return Number.NaN;
    for (let index = 0; ; index++) {
      left -= this.#counts[index]!;
      if (left <= 0) return index * RESOLUTION_MS;
    }
  }
}
