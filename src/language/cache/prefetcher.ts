import type { ModelRequest } from '../../../runtime/ports.ts';
import { type Asked, type ModelParts, ownerOf, readAsked } from './cache-parts.ts';
import type { LikelyQuestion } from './hot-questions.ts';
import { type KeptReply, readReply, type Spent } from './kept-reply.ts';
import { add } from './measures.ts';
import { ReplyInProgress } from './reply-in-progress.ts';

/** A question that is asked less often than this while a reply is kept is mostly asked ahead in vain. */
const FEWEST_EXPECTED_ASKS = 1;
/** While the agent speaks once. */
const MOST_AT_ONCE = 3;
/** A reply that is kept no longer than this is made anew. */
const NEARLY_OVER_MS = 30_000;

export interface PrefetcherOptions extends ModelParts {
  keep(asked: Asked, reply: Pick<KeptReply, 'reply' | 'spent'>): void;
}

/** Asks the model what callers are likely to say next, while the agent still speaks. */
export class Prefetcher {
  readonly #parts: PrefetcherOptions;

  constructor(parts: PrefetcherOptions) {
    this.#parts = parts;
  }

  /** The call stays where the request has it until its caller speaks. */
  lookAhead(request: ModelRequest): void {
    const { cache } = this.#parts;
    if (!cache.budget.isOpen || (request.notes?.length ?? 0) > 0) return;
    const probe = readAsked(asked(request, 'x'), this.#parts);
    // With a fact known, words are not kept; and what is known of a caller is not sent for others.
    if (typeof probe === 'string' || probe.question.held.length > 0) return;
    const nowMs = cache.clock.now();
    const likely = cache.hot
      .likelyAt(probe.place, cache.ttlMs, nowMs)
      .filter(({ expectedAsks, key }) => expectedAsks >= FEWEST_EXPECTED_ASKS && !this.#isHopeless(key));
    for (const each of likely.slice(0, MOST_AT_ONCE))
      cache.queue.offer({
        key: each.key,
        callId: request.callId,
        run: signal => this.#ask(each, asked(request, each.words), signal),
      });
  }

  #isHopeless(key: string): boolean {
    const { cache } = this.#parts;
    return cache.prefetched.isHopeless(key, cache.clock.wallTime());
  }

  async #ask({ key }: LikelyQuestion, request: ModelRequest, signal: AbortSignal): Promise<void> {
    const { cache, agent } = this.#parts;
    const read = readAsked(request, this.#parts);
    if (typeof read === 'string' || read.key !== key) return;
    const found = await cache.store.get(key);
    if (signal.aborted || typeof found === 'string') return;
    const kept = found.value === null ? null : readReply(found.value);
    if (kept && kept.until - cache.clock.wallTime() > NEARLY_OVER_MS) return;
    if (!cache.budget.spend(ownerOf(agent), cache.clock.now())) return;
    await this.#askModel(read, request, signal);
  }

  async #askModel(read: Asked, request: ModelRequest, signal: AbortSignal): Promise<void> {
    const { cache, agent, measures, model, answeredByFlow, keep } = this.#parts;
    const reply = new ReplyInProgress();
    let hasFailed = false;
    try {
      for await (const event of model.reply(request, signal)) {
        reply.take(event);
        if (event.type === 'usage') cache.spentAhead(request.callId, event);
      }
    } catch {
      hasFailed = true;
    }
    const nowMs = cache.clock.wallTime();
    const { spent } = reply;
    if (spent) add(measures.prefetch.asked, spent);
    if (hasFailed || signal.aborted || answeredByFlow.has(request)) {
      measures.prefetch.cancelled++;
      if (!signal.aborted) cache.budget.pause(cache.clock.now());
      if (spent) add(measures.prefetch.wasted, spent);
      return;
    }
    const judged = reply.judge(request, read.question, { companyName: agent.companyName, isFlows: false });
    if (typeof judged !== 'string') {
      keep(read, judged);
      measures.prefetch.kept++;
      cache.prefetched.keep(read.key, { spent: judged.spent, untilMs: nowMs + cache.ttlMs, measures }, nowMs);
      return;
    }
    cache.prefetched.giveUp(read.key, nowMs);
    add(measures.prefetch.wasted, spent ?? nothing(model.name));
  }
}

/** As a caller would ask it who has said nothing before and heard the state's own line. */
function asked({ callId, turn, language, country, flow, by }: ModelRequest, said: string): ModelRequest {
  const line = flow.ask ?? flow.say;
  return {
    callId,
    turn,
    step: 0,
    language,
    country,
    flow,
    rounds: [],
    history: line === null ? [] : [{ role: 'agent', text: line }],
    said,
    by: by === 'text' ? 'text' : 'voice',
    confidence: 1,
    misunderstood: 0,
  };
}

function nothing(model: string): Spent {
  return { model, inputTokens: 0, outputTokens: 0, costUsd: null };
}
