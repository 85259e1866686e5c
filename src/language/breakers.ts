import { type Actor, createActor } from 'xstate';
import { type BreakerInput, breakerMachine } from '../../machines/breaker.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ProviderError } from '../../runtime/provider-error.ts';

export const defaultBreaker: BreakerInput = { threshold: 3, restMs: 5_000, maxRestMs: 120_000 };

/** One request under the eyes of a breaker. Exactly one of its methods is called, once. */
export interface Watched {
  succeeded(): void;
  failed(error: ProviderError): void;
  /** The request was taken back: it says nothing about the provider. */
  withdrawn(): void;
}

/** Who may be asked now, and how it went. */
export interface ProviderHealth {
  letsThrough(provider: string, region: string | null): boolean;
  watch(provider: string, region: string | null): Watched;
}

/** A breaker for each provider and region, made when first asked for. */
export class Breakers implements ProviderHealth {
  readonly #clock: Clock;
  readonly #settings: BreakerInput;
  readonly #actors = new Map<string, Actor<typeof breakerMachine>>();

  constructor(clock: Clock, settings: BreakerInput = defaultBreaker) {
    this.#clock = clock;
    this.#settings = settings;
  }

  letsThrough(provider: string, region: string | null): boolean {
    return this.#account(null).letsThrough(provider, region);
  }

  watch(provider: string, region: string | null): Watched {
    return this.#account(null).watch(provider, region);
  }

  /** The same for one account with keys of its own at some providers. */
  ofAccount(account: string, hasOwnKey: (provider: string) => boolean): ProviderHealth {
    const own = this.#account(account);
    const shared = this.#account(null);
    const of = (provider: string) => (hasOwnKey(provider) ? own : shared);
    return {
      letsThrough: (provider, region) => of(provider).letsThrough(provider, region),
      watch: (provider, region) => of(provider).watch(provider, region),
    };
  }

  /**
   * A place as it is for whoever asks with this account's key; null: the installation's. What is wrong with a key, or used
   * up on it, is nobody else's trouble; everything else is known to all.
   */
  #account(account: string | null): ProviderHealth {
    const keyAt = (place: string) => (account === null ? `${place}, key` : `${place}, key of ${account}`);
    return {
      letsThrough: (provider, region) => {
        const place = placeOf(provider, region);
        return this.#letsThrough(place) && this.#letsThrough(keyAt(place));
      },
      watch: (provider, region) => {
        const at = placeOf(provider, region);
        const [place, key] = [this.#watch(at), this.#watch(keyAt(at))];
        return {
          succeeded: () => [place, key].forEach(one => void one.succeeded()),
          withdrawn: () => [place, key].forEach(one => void one.withdrawn()),
          failed: error => {
            const isKeys = error.fault === 'unauthorized' || error.fault === 'throttled';
            (isKeys ? key : place).failed(error);
            (isKeys ? place : key).withdrawn();
          },
        };
      },
    };
  }

  /** Every breaker that was ever asked for, and its state. */
  states(): Record<string, string> {
    return Object.fromEntries(
      [...this.#actors].map(([key, actor]) => [key, String(actor.getSnapshot().value)]),
    );
  }

  #letsThrough(key: string): boolean {
    return this.#at(key).getSnapshot().hasTag('lets through');
  }

  #watch(key: string): Watched {
    const actor = this.#at(key);
    actor.send({ type: 'request.started' });
    let told = false;
    const tell = (event: Parameters<typeof actor.send>[0]) => {
      if (told) return;
      told = true;
      actor.send(event);
    };
    return {
      succeeded: () => tell({ type: 'request.succeeded' }),
      failed: ({ fault, retryAfterMs }) => {
        const graceful = fault === 'invalid';
        tell({ type: 'request.failed', graceful, retryAfterMs: fault === 'throttled' ? retryAfterMs : null });
      },
      withdrawn: () => tell({ type: 'request.failed', graceful: true, retryAfterMs: null }),
    };
  }

  close(): void {
    for (const actor of this.#actors.values()) actor.stop();
    this.#actors.clear();
  }

  #at(key: string): Actor<typeof breakerMachine> {
    let actor = this.#actors.get(key);
    if (!actor) {
      actor = createActor(breakerMachine, { input: this.#settings, clock: this.#clock });
      actor.subscribe({ error: () => this.#actors.delete(key) });
      actor.start();
      this.#actors.set(key, actor);
    }
    return actor;
  }
}

function placeOf(provider: string, region: string | null): string {
  return region ? `${provider}/${region}` : provider;
}
