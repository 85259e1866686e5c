import type { LanguageModel, ModelEvent, ModelRequest } from '../../../runtime/ports.ts';
import { type Asked, type ModelParts, ownerOf, readAsked } from './cache-parts.ts';
import { type KeptReply, readReply, writeReply } from './kept-reply.ts';
import { Prefetcher } from './prefetcher.ts';
import { isPlainChoice, isQuestion, type Question } from './question.ts';
import { ReplyInProgress } from './reply-in-progress.ts';
import type { ReplyKey } from './reply-key.ts';

/** One agent's model, which is not asked what it has answered already. */
export class CachedModel implements LanguageModel {
  readonly name: string;
  readonly #parts: ModelParts;
  readonly #prefetcher: Prefetcher;

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.name = parts.model.name;
    const keep = (asked: Asked, reply: Pick<KeptReply, 'reply' | 'spent'>) =>
      this.#keep(asked, reply, 'prefetch');
    this.#prefetcher = new Prefetcher({ ...parts, keep });
  }

  async *reply(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const events = isQuestion(request) ? this.#answer(request, signal) : this.#passOn(request, signal);
    let movesOn = false;
    for await (const event of events) {
      if (event.type === 'choice' || event.type === 'toolCall') movesOn = true;
      // The agent speaks now, and the call stays where it is until its caller does.
      if (event.type === 'end' && !movesOn && !signal.aborted) this.#prefetcher.lookAhead(request);
      yield event;
    }
  }

  async *#answer(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const { cache, measures } = this.#parts;
    const asked = readAsked(request, this.#parts);
    if (typeof asked === 'string') {
      measures.bypassed(asked);
      yield* this.#passOn(request, signal);
      return;
    }
    this.#count(asked, request);
    const found = await cache.store.get(asked.key);
    if (signal.aborted) return;
    if (typeof found === 'string') {
      measures.bypassed(found);
      yield* this.#passOn(request, signal);
      return;
    }
    const kept = found.value === null ? null : readReply(found.value);
    const isInTime = kept !== null && kept.until > cache.clock.wallTime();
    if (isInTime && fits(kept, request, asked.question)) {
      yield* this.#give(kept, asked.key);
      return;
    }
    measures.missed(kept !== null && !isInTime);
    yield* this.#ask(asked, request, signal);
  }

  *#give(kept: KeptReply, key: ReplyKey): Generator<ModelEvent> {
    const { cache, measures } = this.#parts;
    const { reply, spent } = kept;
    measures.hit(spent);
    if (kept.by === 'prefetch') {
      measures.prefetch.hits++;
      cache.prefetched.used(key);
    }
    const ageS = Math.round((cache.clock.wallTime() - kept.keptAt) / 1_000);
    const asked = kept.by === 'prefetch' ? ', ahead of callers,' : '';
    const text = `Answered from the cache: ${spent.model} was asked the same here${asked} ${ageS} s ago; no model is asked.`;
    yield { type: 'explained', text };
    yield {
      type: 'usage',
      provider: 'cache',
      model: spent.model,
      inputTokens: 0,
      outputTokens: 0,
      cachedInputTokens: 0,
      costUsd: 0,
      savedUsd: spent.costUsd,
    };
    if (reply.kind === 'words') yield { type: 'text', text: reply.text };
    else yield { type: 'choice', event: reply.event, facts: {} };
    yield { type: 'end', reason: 'complete' };
  }

  /** Asks the model, and keeps its reply once it is whole. */
  async *#ask(asked: Asked, request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const { agent, measures, answeredByFlow } = this.#parts;
    const reply = new ReplyInProgress();
    for await (const event of this.#passOn(request, signal)) {
      reply.take(event);
      if (event.type === 'end' && !signal.aborted) {
        const isFlows = answeredByFlow.has(request);
        const judged = reply.judge(request, asked.question, { companyName: agent.companyName, isFlows });
        if (typeof judged === 'string') measures.notKept(judged);
        else this.#keep(asked, judged, 'caller');
      }
      yield event;
    }
  }

  /** What the model says to a caller, who goes before everything that is asked ahead. */
  async *#passOn(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const { cache, model, agent } = this.#parts;
    const isWritten = request.said === null && request.rounds.length === 0 && !request.flow.improvise;
    if (isWritten) {
      yield* model.reply(request, signal);
      return;
    }
    cache.budget.asked(ownerOf(agent), cache.clock.now());
    const answered = cache.queue.callerAsks();
    try {
      for await (const event of model.reply(request, signal)) {
        if (event.type !== 'explained') answered();
        yield event;
      }
    } finally {
      answered();
    }
  }

  #keep({ key }: Asked, { reply, spent }: Pick<KeptReply, 'reply' | 'spent'>, by: KeptReply['by']): void {
    const { cache, measures } = this.#parts;
    const keptAt = cache.clock.wallTime();
    const kept = { reply, spent, by, keptAt, until: keptAt + cache.ttlMs };
    cache.store.set(key, writeReply(kept), cache.ttlMs);
    if (by === 'caller') measures.kept();
  }

  #count({ place, key, question }: Asked, { callId }: ModelRequest): void {
    const { hot, clock, budget } = this.#parts.cache;
    if (budget.isOpen) hot.asked(place, key, question.words.join(' '), { callId, nowMs: clock.now() });
  }
}

/** A choice may have closed since, and words may only be given where they could have been kept. */
function fits({ reply }: KeptReply, { flow }: ModelRequest, { held, choice }: Question): boolean {
  if (reply.kind === 'words') return held.length === 0 && choice === null;
  const open = flow.choices.find(({ event }) => event === reply.event);
  return open !== undefined && isPlainChoice(open) && (choice === null || choice === reply.event);
}
