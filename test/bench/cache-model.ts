import type { Clock } from '../../runtime/clock.ts';
import type { LanguageModel, ModelEvent, ModelRequest } from '../../runtime/ports.ts';
import { normalWords } from '../../src/language/cache/normal-words.ts';
import { estimateTokens } from '../../src/language/tokens.ts';
import { usageCostUsd } from '../../src/language/usage-cost.ts';
import { sleep } from '../harness/scripted-providers.ts';
import { type Callers, phraseIn, type Truth, wordings } from './cache-callers.ts';
import type { BenchCompany } from './cache-companies.ts';

/** As a fast hosted model: log-normal to the first token, then one token after the other. */
export const MODEL = {
  firstTokenMs: 550,
  firstTokenSpread: 0.35,
  tokenMs: 15,
  /** Of the instructions and tools that come before every turn. */
  stableTokens: 1_400,
  model: 'claude-haiku-4-5',
  modelId: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
  provider: 'bedrock',
} as const;

/** What a call of the bench knows that its model is told. */
export interface BenchCall {
  edition: string;
  truth: Truth;
  /** Said in this call. */
  name: string | null;
  /** The request that its caller waits for; every other one is asked ahead. */
  request: ModelRequest | null;
}

/** Comes back to the open question, as it is told to; of every other topic with a question of its own. */
export function answerOf(
  { name, topics }: BenchCompany,
  { edition, ask }: { edition: string; ask: string | null },
  truth: Truth,
): string {
  if (truth.kind === 'topic') {
    const isOwn = topics.indexOf(truth.topic) % 2 === 1;
    return `${truth.topic.answer}, says ${name} in edition ${edition}. ${isOwn ? 'What else may I tell you?' : ask}`;
  }
  const words = truth.kind === 'unclear' ? 'Sorry, I did not get that' : 'That is for you alone';
  return `${words}, says ${name} in edition ${edition}. ${ask}`;
}

/** Understands everything, likes to call people by their name, and repeats their numbers. */
export function benchModel(
  company: BenchCompany,
  { clock, callers, callOf }: { clock: Clock; callers: Callers; callOf(callId: string): BenchCall },
): LanguageModel & { requests: number; spentUsd: number } {
  const known = new Map(
    company.topics.flatMap(topic =>
      wordings(topic).map(said => [normalWords(said, 'en-US').join(' '), topic] as const),
    ),
  );

  /** What nobody has said yet is understood by its words alone. */
  function truthOf(request: ModelRequest): Truth {
    const call = callOf(request.callId);
    if (call.request === request) return call.truth;
    const chosen = phraseIn(request.flow, request.said ?? '');
    if (chosen) return chosen;
    const topic = known.get(normalWords(request.said ?? '', request.language).join(' '));
    return topic ? { kind: 'topic', topic } : { kind: 'unclear' };
  }

  function wordsOf(request: ModelRequest): string {
    const { edition, name, request: live } = callOf(request.callId);
    const answer = answerOf(company, { edition, ask: request.flow.ask }, truthOf(request));
    if (live !== request) return answer;
    const number = /\d{3,}/.exec(request.said ?? '')?.[0];
    return [
      name && callers.chance(0.3) ? `Certainly, ${name}.` : '',
      number ? `About ${number}:` : '',
      answer,
    ]
      .filter(Boolean)
      .join(' ');
  }

  return {
    name: 'bench',
    requests: 0,
    spentUsd: 0,
    async *reply(request, signal): AsyncGenerator<ModelEvent> {
      if (request.said === null) {
        yield { type: 'text', text: request.flow.say ?? request.flow.ask ?? '' };
        yield { type: 'end', reason: 'complete' };
        return;
      }
      this.requests++;
      const spread =
        Math.sqrt(-2 * Math.log(1 - callers.between(0, 1))) * Math.cos(callers.between(0, 2 * Math.PI));
      await sleep(clock, MODEL.firstTokenMs * Math.exp(MODEL.firstTokenSpread * spread), signal);
      if (signal.aborted) return;
      const truth = truthOf(request);
      const text = truth.kind === 'choice' ? '' : wordsOf(request);
      if (text) yield { type: 'text', text };
      const outputTokens = truth.kind === 'choice' ? 25 : estimateTokens(text);
      await sleep(clock, outputTokens * MODEL.tokenMs, signal);
      if (signal.aborted) return;
      const inputTokens =
        MODEL.stableTokens + estimateTokens(JSON.stringify([request.history, request.said]));
      const tokens = { inputTokens, outputTokens, cachedInputTokens: 0, cacheWriteInputTokens: 0 };
      const costUsd = usageCostUsd(MODEL, tokens);
      this.spentUsd += costUsd ?? 0;
      yield {
        type: 'usage',
        provider: MODEL.provider,
        model: MODEL.model,
        ...tokens,
        costUsd,
      };
      if (truth.kind === 'choice') yield { type: 'choice', event: truth.event, facts: truth.facts };
      yield { type: 'end', reason: 'complete' };
    },
  };
}
