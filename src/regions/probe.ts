import type { Clock } from '../../runtime/clock.ts';
import type { RegionName } from './cloud-regions.ts';
import type { Seen } from './health.ts';

/** What came of a look: what was seen, or why nothing was. */
export type Look = Seen | { failure: string };

/** Looks once. Never throws. */
export type Probe = () => Promise<Look>;

/** As much of the platform's fetch as is needed. */
export type Fetch = (url: string, init: { signal: AbortSignal; redirect: 'manual' }) => Promise<Response>;

export interface ProbeOptions {
  fetch: Fetch;
  clock: Clock;
  /** An answer that takes longer is none. */
  timeoutMs: number;
}

/**
 * Asks a region's nodes for their health, over the way that calls go. A region that tells another name than the one it is
 * listed under counts as failed: its callers' data would be where they may not be.
 */
export function regionProbe(name: RegionName, url: string, options: ProbeOptions): Probe {
  return probe(`${url}/healthz`, options, async (response, latencyMs) => {
    const told = (await response.json().catch(() => null)) as Told | null;
    const isDraining = response.status === 503 && told?.status === 'draining';
    if (!isDraining && response.status !== 200) return { failure: `answered ${response.status}` };
    if (!isDraining && told?.status !== 'ok') return { failure: 'answers, but not as this product does' };
    if (told.region && told.region !== name) return { failure: `says that it is ${told.region}` };
    return {
      latencyMs,
      draining: isDraining,
      calls: countOf(told.calls),
      maxCalls: countOf(told.maxCalls),
    };
  });
}

/** Whether an address answers with success; what it answers does not matter. */
export function addressProbe(url: string, options: ProbeOptions): Probe {
  return probe(url, options, async (response, latencyMs) => {
    await response.body?.cancel();
    return response.ok
      ? { latencyMs, draining: false, calls: null, maxCalls: null }
      : { failure: `answered ${response.status}` };
  });
}

/** Of what /healthz tells; anything may be missing. */
interface Told {
  status?: unknown;
  region?: unknown;
  calls?: unknown;
  maxCalls?: unknown;
}

function probe(
  url: string,
  { fetch, clock, timeoutMs }: ProbeOptions,
  read: (response: Response, latencyMs: number) => Promise<Look>,
): Probe {
  return async () => {
    const startedMs = clock.now();
    const abort = new AbortController();
    const ask = async (): Promise<Look> => {
      const response = await fetch(url, { signal: abort.signal, redirect: 'manual' });
      return read(response, clock.now() - startedMs);
    };
    return new Promise(resolve => {
      // A peer that never answers must not hold the one who asks, whether or not the request can be taken back.
      const timer = clock.setTimeout(() => {
        resolve({ failure: 'timed out' });
        abort.abort();
      }, timeoutMs);
      ask()
        .catch(error => ({ failure: reasonOf(error) }))
        .then(look => {
          clock.clearTimeout(timer);
          resolve(look);
        });
    });
  };
}

/** As the system names it, as `ECONNREFUSED`; never an address. */
function reasonOf(error: unknown): string {
  const { cause, code } = (error ?? {}) as { cause?: { code?: unknown }; code?: unknown };
  const named = cause?.code ?? code;
  return typeof named === 'string' ? `cannot be reached (${named})` : 'cannot be reached';
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
