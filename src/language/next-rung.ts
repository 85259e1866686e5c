import type { ProviderError } from '../../runtime/provider-error.ts';
import type { Rung } from './rung.ts';

/** What to try after a failure: another rung, or the same one again with the request repaired or after a pause. */
export interface Step {
  rung: Rung;
  repaired: boolean;
  /** The same request at the same place for a second time. */
  again: boolean;
  /** Before trying. */
  waitMs: number;
}

export interface Failure {
  rung: Rung;
  repaired: boolean;
  again: boolean;
  /** Words of this reply were spoken: what is missing is its rest. */
  inMidReply: boolean;
  error: ProviderError;
}

const JITTER_MS = 250;
/** Pause before the same place is asked once more. */
const AGAIN_MS = 250;
/** A caller does not wait longer than this for a provider to recover. */
const LONGEST_WAIT_MS = 2_000;

/**
 * The answer to each kind of failure: throttled or late → a faster model, or after a short pause the same; not ready → the
 * next model; refused → the request repaired; unavailable → the same model in another region; a wrong key → another
 * provider, or a model that the key may be good for. Null when nothing is left. `random` is 0 … 1.
 */
export function nextStep(remaining: readonly Rung[], failure: Failure, random: () => number): Step | null {
  const { rung: failed, error } = failure;
  if (error.fault === 'invalid' && !failure.repaired)
    return { rung: failed, repaired: true, again: false, waitMs: 0 };

  const better = remaining.find(rung => suits(rung, failed, error)) ?? lastResort(remaining, failed, error);
  if (better) {
    const samePlace = better.provider === failed.provider && better.region === failed.region;
    const waitMs = error.fault === 'throttled' && samePlace ? random() * JITTER_MS : 0;
    return { rung: better, repaired: false, again: false, waitMs };
  }
  return onceMore(failure, random);
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
      return rung.provider !== failed.provider;
  }
}

/** Nothing suits: what there is. A refused key will not be better for the same model in another region. */
function lastResort(remaining: readonly Rung[], failed: Rung, { fault }: ProviderError): Rung | undefined {
  if (fault !== 'unauthorized') return remaining[0];
  return remaining.find(rung => rung.model !== failed.model);
}

/**
 * With no other place to go, one that may recover is asked a second time. One that was silent from the first has used up the
 * caller's patience; one that fell silent in mid-reply has been given up sooner.
 */
function onceMore({ rung, repaired, again, inMidReply, error }: Failure, random: () => number): Step | null {
  const mayRecover =
    ['throttled', 'unavailable', 'broken', 'unknown'].includes(error.fault) ||
    (error.fault === 'timeout' && inMidReply);
  const waitMs = Math.max(AGAIN_MS, error.retryAfterMs ?? 0) + random() * JITTER_MS;
  if (again || !mayRecover || waitMs > LONGEST_WAIT_MS) return null;
  return { rung, repaired, again: true, waitMs };
}
