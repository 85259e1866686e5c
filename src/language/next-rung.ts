import type { ProviderError } from '../../runtime/provider-error.ts';
import type { Rung } from './rung.ts';

/** What to try after a failure: another rung, or the same one again with the request repaired or after a pause. */
export interface Step {
  rung: Rung;
  repaired: boolean;
  /** Before trying. */
  waitMs: number;
}

export interface Failure {
  rung: Rung;
  repaired: boolean;
  error: ProviderError;
}

const JITTER_MS = 250;

/**
 * The answer to each kind of failure: throttled or late → a faster model, or after a short pause the same; not ready → the
 * next model; refused → the request repaired; unavailable → the same model in another region; a wrong key → another
 * provider. Null when nothing is left. `random` is 0 … 1.
 */
export function nextStep(remaining: readonly Rung[], failure: Failure, random: () => number): Step | null {
  const { rung: failed, error } = failure;
  if (error.fault === 'invalid' && !failure.repaired) return { rung: failed, repaired: true, waitMs: 0 };

  const usable =
    error.fault === 'unauthorized' ? remaining.filter(rung => rung.provider !== failed.provider) : remaining;
  const better = usable.find(rung => suits(rung, failed, error)) ?? usable[0];
  if (better) {
    const samePlace = better.provider === failed.provider && better.region === failed.region;
    const waitMs = error.fault === 'throttled' && samePlace ? random() * JITTER_MS : 0;
    return { rung: better, repaired: false, waitMs };
  }
  return null;
}

function suits(rung: Rung, failed: Rung, { fault }: ProviderError): boolean {
  const elsewhere = rung.provider !== failed.provider || rung.region !== failed.region;
  switch (fault) {
    case 'throttled':
      return rung.firstTokenMs < failed.firstTokenMs || elsewhere;
    case 'timeout':
      return rung.firstTokenMs < failed.firstTokenMs;
    case 'notReady':
    case 'invalid':
      return rung.model !== failed.model;
    case 'unavailable':
    case 'broken':
    case 'unknown':
      return rung.model === failed.model && elsewhere;
    case 'unauthorized':
      return true;
  }
}
