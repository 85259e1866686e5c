import type { Clock } from '../../runtime/clock.ts';
import { SentenceSplitter } from '../../runtime/media/sentences.ts';
import type { LanguageModel, ModelRequest } from '../../runtime/ports.ts';
import { estimateTokens } from '../../src/language/tokens.ts';
import { sleep } from '../harness/scripted-providers.ts';

export const TOOL = 'lookUpStock';

const ANSWER = words('We have that in stock. Shall I put one aside for you?');
const BEFORE_TOOL = words('Let me look.');

export interface ModelTimes {
  firstTokenMs: number;
  tokenMs: number;
}

export interface Tokens {
  prompt: number;
  output: number;
}

/** What one reply has cost, whether it was heard or not. */
export interface ReplyCost extends Tokens {
  askedForTool: boolean;
}

/** A model that answers in one token a word, at fixed times, and keeps count of every token it has emitted. */
export class CountingModel implements LanguageModel {
  readonly name = 'scripted';
  /** By call and turn. */
  readonly costs = new Map<string, ReplyCost>();
  readonly #clock: Clock;
  readonly #times: ModelTimes;
  readonly #usesTool: boolean;

  constructor(clock: Clock, times: ModelTimes, usesTool: boolean) {
    this.#clock = clock;
    this.#times = times;
    this.#usesTool = usesTool;
  }

  async *reply(request: ModelRequest, signal: AbortSignal) {
    const cost = this.#costOf(replyKey(request.callId, request.turn));
    cost.prompt += promptTokens(request);
    const asksForTool = this.#usesTool && request.said !== null && request.rounds.length === 0;
    const askedMs = this.#clock.now();
    for (const [index, text] of (asksForTool ? BEFORE_TOOL : ANSWER).entries()) {
      // Aims at absolute times, so that late timers do not add up.
      const dueMs = askedMs + this.#times.firstTokenMs + index * this.#times.tokenMs;
      await sleep(this.#clock, dueMs - this.#clock.now(), signal);
      if (signal.aborted) return;
      cost.output++;
      yield { type: 'text' as const, text };
    }
    if (asksForTool) {
      cost.askedForTool = true;
      // Its idempotency key is the reply's own key: so the tool knows for which it runs.
      yield { type: 'toolCall' as const, id: String(request.turn), name: TOOL, input: {} };
    }
    yield { type: 'end' as const, reason: 'complete' as const };
  }

  #costOf(key: string): ReplyCost {
    let cost = this.costs.get(key);
    if (!cost) {
      cost = { prompt: 0, output: 0, askedForTool: false };
      this.costs.set(key, cost);
    }
    return cost;
  }
}

export function replyKey(callId: string, turn: number): string {
  return `${callId}:${turn}`;
}

/** From the first token to the one with which the first sentence is known to be whole. */
export function firstSentenceMs(tokenMs: number): number {
  const splitter = new SentenceSplitter();
  return tokenMs * ANSWER.findIndex(token => splitter.push(token).length > 0);
}

/** About what such a request has to be sent: where the flow stands, what was said, what is to be answered. */
function promptTokens({ flow, history, said, rounds }: ModelRequest): number {
  return estimateTokens(JSON.stringify({ flow, history, said, rounds }));
}

/** A token carries the space before its word, as models' tokens do. */
function words(text: string): string[] {
  return text.split(/(?= )/);
}
