import type { KVNamespace } from '@cloudflare/workers-types';
import type { AnyStateMachine } from 'xstate';
import { flowInfo } from '../../machines/flow-view.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { CallStart } from '../../runtime/journal.ts';
import { ResponseCache } from '../language/cache/response-cache.ts';
import type { ResponseStore } from '../language/cache/store.ts';
import type { Secret } from '../secret.ts';
import { edgeLog } from './log.ts';

export type ResponseKv = Pick<KVNamespace, 'get' | 'put'>;

const TTL_MS = 300_000;
/** KV keeps nothing for less. */
const LEAST_TTL_S = 60;

/** Model replies in KV, which all objects of the edge share. */
export function kvResponseStore(kv: ResponseKv): ResponseStore {
  return {
    name: 'kv',
    get: key => kv.get(`reply:${key}`, 'text'),
    set: (key, value, ttlMs) =>
      kv.put(`reply:${key}`, value, { expirationTtl: Math.max(LEAST_TTL_S, Math.ceil(ttlMs / 1_000)) }),
    async close() {},
  };
}

export interface KvResponsesOptions {
  kv: ResponseKv;
  clock: Clock;
  secret: Secret | null;
  /** Of the one call that asks. */
  start: CallStart;
  chart: AnyStateMachine;
}

/** The response cache as one call at the edge has it. Nothing is asked ahead: the call's object is alone. */
export function kvResponses({ kv, clock, secret, start, chart }: KvResponsesOptions): ResponseCache {
  const { flow, flowVersion } = start;
  const context = {
    flow,
    flowVersion,
    facts: flowInfo(chart).facts,
    everywhere: new Set<string>(chart.root.transitions.keys()),
  };
  return new ResponseCache({
    clock,
    log: edgeLog,
    store: kvResponseStore(kv),
    ttlMs: TTL_MS,
    secret,
    prefetch: { sharePercent: 0, perMinute: 1 },
    contextOf: () => context,
  });
}
