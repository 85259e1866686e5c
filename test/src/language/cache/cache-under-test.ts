import { flowInfo } from '../../../../machines/flow-view.ts';
import { orderStatus } from '../../../../machines/flows/order-status.ts';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import type { LanguageModel, ModelEvent, ModelRequest } from '../../../../runtime/ports.ts';
import type { CachedAgent } from '../../../../src/language/cache/cache-parts.ts';
import { openMemoryStore } from '../../../../src/language/cache/memory-store.ts';
import { ResponseCache, type ResponseCacheOptions } from '../../../../src/language/cache/response-cache.ts';
import type { ResponseStore } from '../../../../src/language/cache/store.ts';
import { openNavigator } from '../../../../src/providers/embedded/navigator/navigator.ts';
import { scriptedModel } from '../../../harness/scripted-providers.ts';
import { modelRequest } from '../requests.ts';

export const TTL_MS = 300_000;

const usage: ModelEvent = {
  type: 'usage',
  provider: 'bedrock',
  model: 'claude-haiku-4-5',
  inputTokens: 1_000,
  outputTokens: 40,
  cachedInputTokens: 0,
  costUsd: 0.0012,
};

/** A whole reply of a hosted model, in words. */
export function words(text: string): ModelEvent[] {
  return [{ type: 'text', text }, usage, { type: 'end', reason: 'complete' }];
}

/** A whole reply that takes one of the flow's ways on. */
export function choice(event: string, facts: Record<string, string> = {}): ModelEvent[] {
  return [usage, { type: 'choice', event, facts }, { type: 'end', reason: 'complete' }];
}

type Answer = (request: ModelRequest) => Iterable<ModelEvent> | AsyncIterable<ModelEvent>;

export interface UnderTestOptions extends Partial<Omit<ResponseCacheOptions, 'clock' | 'store'>> {
  answer?: Answer;
  store?(clock: SimulatedClock): ResponseStore;
}

/** A store that keeps everything it was ever given, for tests to look into. */
export function rememberingStore(store: ResponseStore): ResponseStore & { written: Map<string, string> } {
  const written = new Map<string, string>();
  return {
    ...store,
    written,
    set: (key, value, ttlMs) => {
      written.set(key, value);
      return store.set(key, value, ttlMs);
    },
  };
}

/** A cache over one scripted model, on simulated time. Calls follow version 1 of the order line until `versions` says else. */
export function cacheUnderTest(options: UnderTestOptions = {}) {
  const clock = new SimulatedClock();
  const store = rememberingStore(options.store?.(clock) ?? openMemoryStore({ perOwner: 500 }));
  const versions = new Map<string, string>();
  const warnings: string[] = [];
  const cache = new ResponseCache({
    log: { warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
    ttlMs: TTL_MS,
    secret: null,
    prefetch: { sharePercent: 0, perMinute: 6 },
    contextOf: callId => ({
      flow: 'order-status',
      flowVersion: versions.get(callId) ?? '1',
      facts: flowInfo(orderStatus).facts,
      everywhere: new Set(orderStatus.root.transitions.keys()),
    }),
    ...options,
    clock,
    store,
  });
  const hosted = scriptedModel(options.answer ?? (() => words('We have a car park behind the shop.')));
  const flow = openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 });

  function agent(over: Partial<CachedAgent> = {}, model: LanguageModel = hosted): LanguageModel {
    const told: CachedAgent = {
      name: 'front-desk',
      company: 'acme',
      redact: false,
      companyName: 'Acme',
      identity: () => 'as it is',
      ...over,
    };
    return cache.wrap(told, flow, () => model);
  }

  return { clock, store, cache, hosted, flow, agent, versions, warnings };
}

/** The first thing that a caller says in a call. */
export function firstWords(said: string, over: Partial<ModelRequest> = {}): ModelRequest {
  const request = modelRequest({ said, ...over });
  return { ...request, history: over.history ?? [{ role: 'agent', text: request.flow.ask ?? '' }] };
}

/** All events of a reply; the time that passes is the clock's own affair. */
export async function replyTo(model: LanguageModel, request: ModelRequest): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.reply(request, new AbortController().signal)) events.push(event);
  return events;
}

export function textOf(events: readonly ModelEvent[]): string {
  return events.flatMap(event => (event.type === 'text' ? [event.text] : [])).join('');
}

export function isFromCache(events: readonly ModelEvent[]): boolean {
  return events.some(event => event.type === 'usage' && event.provider === 'cache');
}
