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

/** A breaker for each provider and region, made when first asked for. */
export class Breakers {
  readonly #clock: Clock;
  readonly #settings: BreakerInput;
  readonly #actors = new Map<string, Actor<typeof breakerMachine>>();

  constructor(clock: Clock, settings: BreakerInput = defaultBreaker) {
    this.#clock = clock;
    this.#settings = settings;
  }

  letsThrough(provider: string, region: string | null): boolean {
    return this.#of(provider, region).getSnapshot().hasTag('lets through');
  }

  /** Every breaker that was ever asked for, and its state. */
  states(): Record<string, string> {
    return Object.fromEntries(
      [...this.#actors].map(([key, actor]) => [key, String(actor.getSnapshot().value)]),
    );
  }

  watch(provider: string, region: string | null): Watched {
    const actor = this.#of(provider, region);
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

  #of(provider: string, region: string | null): Actor<typeof breakerMachine> {
    const key = region ? `${provider}/${region}` : provider;
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
