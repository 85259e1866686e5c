import type { AnyStateMachine } from 'xstate';
import { flowInfo } from '../../../machines/flow-view.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { CallStart } from '../../../runtime/journal.ts';
import type { Secret } from '../../secret.ts';
import type { Log } from '../../storage/log.ts';
import type { ModelUsageEvent } from './cache-parts.ts';
import { openMemoryStore } from './memory-store.ts';
import { openRedisStore } from './redis-store.ts';
import { ResponseCache } from './response-cache.ts';
import type { ResponseStore } from './store.ts';

export interface OpenResponseCacheOptions {
  config: {
    responseCache: { ttlS: number; perCompany: number; prefetchPercent: number; prefetchPerMinute: number };
    redisUrl: Secret | null;
    companyMasterKey: Secret | null;
  };
  clock: Clock;
  log: Log;
  /** Default: Redis where the settings name one, so that all nodes share what they keep; else this process. */
  store?: ResponseStore;
  /** Throws when there is no such call now. */
  startOf(callId: string): CallStart;
  /** Null when the version is not known. */
  chartOf(flow: string, version: string): AnyStateMachine | null;
  spentAhead?(callId: string, usage: ModelUsageEvent): void;
}

/** The response cache as the settings want it; null when it is off. */
export function openResponseCache(options: OpenResponseCacheOptions): ResponseCache | null {
  const { config, clock, log, startOf, chartOf, spentAhead } = options;
  const { ttlS, perCompany, prefetchPercent, prefetchPerMinute } = config.responseCache;
  if (ttlS === 0) return null;
  const redisUrl = config.redisUrl?.reveal();
  const ownStore = () =>
    redisUrl
      ? openRedisStore({ redisUrl, log, perOwner: perCompany })
      : openMemoryStore({ perOwner: perCompany });
  return new ResponseCache({
    clock,
    log,
    store: options.store ?? ownStore(),
    ttlMs: ttlS * 1_000,
    secret: config.companyMasterKey,
    prefetch: { sharePercent: prefetchPercent, perMinute: prefetchPerMinute },
    contextOf(callId) {
      const { flow, flowVersion } = startOf(callId);
      const chart = chartOf(flow, flowVersion);
      if (!chart) throw new Error(`Version ${flowVersion} of the flow ${flow} is not known here.`);
      const everywhere = new Set<string>(chart.root.transitions.keys());
      return { flow, flowVersion, facts: flowInfo(chart).facts, everywhere };
    },
    ...(spentAhead && { spentAhead }),
  });
}
