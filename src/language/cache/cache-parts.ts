import type { Clock } from '../../../runtime/clock.ts';
import type { LanguageModel, ModelEvent, ModelRequest } from '../../../runtime/ports.ts';
import type { HotQuestions } from './hot-questions.ts';
import type { AgentMeasures } from './measures.ts';
import type { PrefetchBudget } from './prefetch-budget.ts';
import type { PrefetchQueue } from './prefetch-queue.ts';
import type { Prefetched } from './prefetched.ts';
import { type Bypass, type KnownFlow, type Question, readQuestion } from './question.ts';
import type { KeyMaker, ReplyKey } from './reply-key.ts';
import type { TimelyStore } from './timely-store.ts';

/** What a call follows. */
export interface CallContext extends KnownFlow {
  /** Name and content version of the flow. */
  flow: string;
  flowVersion: string;
}

export type ModelUsageEvent = Extract<ModelEvent, { type: 'usage' }>;

export interface CachedAgent {
  name: string;
  company: string | null;
  /** Whoever looks at the agent's calls sees no personal facts; so nothing of them is kept either. */
  redact: boolean;
  /** For whom it speaks. */
  companyName: string;
  /** Of what all its callers' questions are asked with, as a hash: the instructions, the tools, which models may be asked. */
  identity(request: ModelRequest): string;
}

/** What all cached models of a process share. */
export interface CacheParts {
  clock: Clock;
  ttlMs: number;
  store: TimelyStore;
  keys: KeyMaker;
  hot: HotQuestions;
  queue: PrefetchQueue;
  prefetched: Prefetched;
  budget: PrefetchBudget;
  /** Throws when there is no such call now. */
  contextOf(callId: string): CallContext;
  /** Hears of what a model took for a question that no caller had asked, for the account of the call. */
  spentAhead(callId: string, usage: ModelUsageEvent): void;
}

/** What one cached model stands on. */
export interface ModelParts {
  cache: CacheParts;
  agent: CachedAgent;
  measures: AgentMeasures;
  model: LanguageModel;
  /** Requests that the flow itself had to answer. */
  answeredByFlow: WeakSet<ModelRequest>;
}

/** A question, where its reply is kept, and where it is counted. */
export interface Asked {
  question: Question;
  key: ReplyKey;
  place: string;
}

export function ownerOf({ company, name }: CachedAgent): string {
  return company === null ? `agent ${name}` : `company ${company}`;
}

/** The question in a request, or why it is not one to look up. */
export function readAsked(
  request: ModelRequest,
  { cache, agent }: ModelParts,
): Asked | Bypass | 'unknownCall' {
  const context = contextOf(request, cache);
  if (!context) return 'unknownCall';
  const question = readQuestion(request, context);
  if (typeof question === 'string') return question;
  const scope = { owner: ownerOf(agent), identity: agent.identity(request), ...context };
  const { keys } = cache;
  return {
    question,
    key: keys.replyKey(scope, request, question),
    place: keys.placeKey(scope, request, question),
  };
}

function contextOf({ callId }: ModelRequest, cache: CacheParts): CallContext | null {
  try {
    return cache.contextOf(callId);
  } catch {
    return null;
  }
}
