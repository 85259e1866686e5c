import type { Rung } from './rung.ts';

/** Weight of the newest measurement. */
const NEWEST = 0.2;

/** What models really take to their first token, as our own requests show it: a moving average for each place. */
export class FirstTokenTimes {
  readonly #averageMs = new Map<string, number>();

  observe(rung: Pick<Rung, 'provider' | 'region' | 'model'>, ms: number): void {
    const key = keyOf(rung.provider, rung.region, rung.model);
    const known = this.#averageMs.get(key);
    this.#averageMs.set(key, known === undefined ? ms : known + NEWEST * (ms - known));
  }

  /** Null before the first measurement. */
  averageMs(provider: string, region: string | null, model: string): number | null {
    return this.#averageMs.get(keyOf(provider, region, model)) ?? null;
  }
}

function keyOf(provider: string, region: string | null, model: string): string {
  return `${provider}/${region ?? ''}/${model}`;
}
