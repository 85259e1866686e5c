import type { Clock } from '../../runtime/clock.ts';

const TRIES = 10;
const ONE_TRY_PER_MS = 6_000;
const MAX_ADDRESSES = 10_000;

interface Bucket {
  triesLeft: number;
  atMs: number;
}

/** Ten wrong keys at once and ten a minute, by address. Without it a key could be guessed at the speed of the network. */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many seconds the address has to wait; 0 when it may try. */
  waitS(address: string): number {
    const { triesLeft } = this.#bucket(address);
    return triesLeft >= 1 ? 0 : Math.ceil(((1 - triesLeft) * ONE_TRY_PER_MS) / 1_000);
  }

  failed(address: string): void {
    const { triesLeft, atMs } = this.#bucket(address);
    this.#buckets.delete(address);
    this.#buckets.set(address, { triesLeft: Math.max(0, triesLeft - 1), atMs });
    const [eldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_ADDRESSES && eldest !== undefined) this.#buckets.delete(eldest);
  }

  succeeded(address: string): void {
    this.#buckets.delete(address);
  }

  #bucket(address: string): Bucket {
    const nowMs = this.#clock.now();
    const { triesLeft, atMs } = this.#buckets.get(address) ?? { triesLeft: TRIES, atMs: nowMs };
    return { triesLeft: Math.min(TRIES, triesLeft + (nowMs - atMs) / ONE_TRY_PER_MS), atMs: nowMs };
  }
}
