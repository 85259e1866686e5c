import type { Call } from '../../../runtime/call.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { LanguageModel, ModelRequest } from '../../../runtime/ports.ts';
import type { Secret } from '../../secret.ts';
import type { Log } from '../../storage/log.ts';
import type { CachedAgent, CacheParts, CallContext, ModelUsageEvent } from './cache-parts.ts';
import { CachedModel } from './cached-model.ts';
import { HotQuestions } from './hot-questions.ts';
import { AgentMeasures, type AgentReport } from './measures.ts';
import { PrefetchBudget, type PrefetchLimits } from './prefetch-budget.ts';
import { PrefetchQueue } from './prefetch-queue.ts';
import { Prefetched } from './prefetched.ts';
import { openKeyMaker } from './reply-key.ts';
import type { ResponseStore } from './store.ts';
import { TimelyStore } from './timely-store.ts';

export interface ResponseCacheOptions {
  clock: Clock;
  log: Pick<Log, 'warn'>;
  store: ResponseStore;
  ttlMs: number;
  /** Keys the hashes. All nodes that share the store need the same. */
  secret: Secret | null;
  prefetch: PrefetchLimits;
  /** Throws when there is no such call now. */
  contextOf(callId: string): CallContext;
  /** Hears of what a model took for a question that no caller had asked, for the account of the call. */
  spentAhead?(callId: string, usage: ModelUsageEvent): void;
}

export interface CacheReport {
  ttlS: number;
  store: string;
  prefetch: PrefetchLimits;
  agents: AgentReport[];
}

/** Callers wait no longer than this for the store. */
const STORE_LIMIT_MS = 15;

/** Replies that are the same for everybody who asks the same, kept for some minutes, for all agents of the process. */
export class ResponseCache {
  readonly #parts: CacheParts;
  readonly #prefetch: PrefetchLimits;
  readonly #agents: AgentMeasures[] = [];

  constructor(options: ResponseCacheOptions) {
    const { clock, log, store, prefetch, ttlMs, contextOf, spentAhead = () => {} } = options;
    const failed = (error: unknown) =>
      log.warn({ error: (error as Error).message }, 'The store of the response cache failed.');
    this.#prefetch = prefetch;
    this.#parts = {
      clock,
      ttlMs,
      store: new TimelyStore({ store, clock, limitMs: STORE_LIMIT_MS, failed }),
      keys: openKeyMaker(options.secret),
      hot: new HotQuestions(),
      queue: new PrefetchQueue(),
      prefetched: new Prefetched(),
      budget: new PrefetchBudget(prefetch),
      contextOf,
      spentAhead,
    };
  }

  /**
   * The agent's model behind the cache. `open` makes it over the flow it is given, which the model falls back to; what the
   * flow answers is known by that, and not kept.
   */
  wrap(agent: CachedAgent, flow: LanguageModel, open: (flow: LanguageModel) => LanguageModel): LanguageModel {
    const { name, company, redact } = agent;
    const measures = new AgentMeasures({ agent: name, company, caches: !redact });
    this.#agents.push(measures);
    if (redact) return open(flow);
    const answeredByFlow = new WeakSet<ModelRequest>();
    const watched: LanguageModel = {
      name: flow.name,
      reply(request, signal) {
        answeredByFlow.add(request);
        return flow.reply(request, signal);
      },
    };
    return new CachedModel({ cache: this.#parts, agent, measures, model: open(watched), answeredByFlow });
  }

  /** Nothing is asked ahead for the call once it is over, or goes on elsewhere. */
  watch({ root, start }: Pick<Call, 'root' | 'start'>): void {
    const over = () => this.#parts.queue.callEnded(start.callId);
    root.subscribe({ complete: over, error: over });
  }

  /** Another version is in force: nothing of the flow is answered from before, not even of calls that keep the old one. */
  async forgetFlow(name: string): Promise<void> {
    const { store, keys } = this.#parts;
    await store.forget(keys.flowPart(name));
  }

  /** Of this process, since it began. */
  report(): CacheReport {
    const { clock, prefetched, ttlMs, store } = this.#parts;
    prefetched.settle(clock.wallTime());
    const agents = this.#agents.map(agent => agent.report());
    return { ttlS: ttlMs / 1_000, store: store.name, prefetch: this.#prefetch, agents };
  }

  async close(): Promise<void> {
    this.#parts.queue.close();
    await this.#parts.store.close();
  }
}
