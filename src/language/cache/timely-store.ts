import type { Clock } from '../../../runtime/clock.ts';
import type { ReplyKey } from './reply-key.ts';
import type { ResponseStore } from './store.ts';

export interface TimelyStoreOptions {
  store: ResponseStore;
  clock: Clock;
  /** A caller waits no longer for the store. */
  limitMs: number;
  /** A reply could not be kept, or a flow not be forgotten. */
  failed(error: unknown): void;
}

/** After so many failures in a row the store is left alone for a while: even a short wait is one too many in every turn. */
const MOST_FAILURES = 3;
const REST_MS = 10_000;

export type Found = { value: string | null } | 'storeLate' | 'storeFailed' | 'storeResting';

/** A store that nobody waits for longer than a moment. */
export class TimelyStore {
  readonly #options: TimelyStoreOptions;
  #failures = 0;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: TimelyStoreOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.store.name;
  }

  get(key: ReplyKey): Promise<Found> {
    const { store, clock, limitMs } = this.#options;
    if (clock.now() < this.#restsUntilMs) return Promise.resolve('storeResting');
    return new Promise(resolve => {
      const timer = clock.setTimeout(() => settle('storeLate'), limitMs);
      let isOver = false;
      const settle = (found: Found) => {
        if (isOver) return;
        isOver = true;
        clock.clearTimeout(timer);
        this.#note(typeof found === 'object');
        resolve(found);
      };
      asked(() => store.get(key)).then(
        value => settle({ value }),
        () => settle('storeFailed'),
      );
    });
  }

  /** Returns at once. */
  set(key: ReplyKey, value: string, ttlMs: number): void {
    const { store, clock, failed } = this.#options;
    if (clock.now() < this.#restsUntilMs) return;
    asked(() => store.set(key, value, ttlMs)).catch(failed);
  }

  async forget(flowPart: string): Promise<void> {
    const { store, failed } = this.#options;
    await store.forget?.(flowPart).catch(failed);
  }

  close(): Promise<void> {
    return this.#options.store.close();
  }

  #note(isWell: boolean): void {
    this.#failures = isWell ? 0 : this.#failures + 1;
    if (this.#failures < MOST_FAILURES) return;
    this.#restsUntilMs = this.#options.clock.now() + REST_MS;
    // One failure more after the rest, and it rests again.
    this.#failures = MOST_FAILURES - 1;
  }
}

/** What throws at once is a rejection, too. */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  return ask();
}
