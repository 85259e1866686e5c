import type { Spent } from './kept-reply.ts';
import type { Bypass } from './question.ts';
import type { Refusal } from './reply-in-progress.ts';
import type { Found } from './timely-store.ts';

export type BypassReason = Bypass | 'unknownCall' | Exclude<Found, object>;

/** Tokens and money. Replies whose price nobody knows are counted, not guessed. */
export interface Tally {
  replies: number;
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
  unpriced: number;
}

export interface PrefetchReport {
  /** Asked of a model before any caller did; what that cost. */
  asked: Tally;
  /** Of these, what was kept. */
  kept: number;
  /** Broken off, because their call ended or the model failed. */
  cancelled: number;
  /** Replies to callers. */
  hits: number;
  /** Kept ones that answered at least one caller on this node. */
  used: number;
  /** Asked, and not kept, or kept until their time was over without any caller on this node. */
  wasted: Tally;
}

export interface AgentReport {
  agent: string;
  company: string | null;
  /** False: the agent's calls are redacted, so nothing of them is kept. */
  caches: boolean;
  /** Callers' questions. A reply prepared on a guess counts as one. */
  questions: number;
  hits: number;
  misses: number;
  /** Misses for which something was kept whose time was over. */
  stale: number;
  bypassed: Readonly<Partial<Record<BypassReason, number>>>;
  /** hits / (hits + misses), and hits / questions; null before the first. */
  hitRate: number | null;
  shareAnswered: number | null;
  kept: number;
  notKept: Readonly<Partial<Record<Refusal, number>>>;
  /** What models would have been asked: an estimate, by what the same reply took when it was made. */
  saved: Tally;
  prefetch: PrefetchReport;
}

export function emptyTally(): Tally {
  return { replies: 0, inputTokens: 0, outputTokens: 0, costUsd: 0, unpriced: 0 };
}

export function add(tally: Tally, { inputTokens, outputTokens, costUsd }: Spent): void {
  tally.replies++;
  tally.inputTokens += inputTokens;
  tally.outputTokens += outputTokens;
  tally.costUsd += costUsd ?? 0;
  if (costUsd === null) tally.unpriced++;
}

/** What became of one agent's questions since the process began. */
export class AgentMeasures {
  readonly #agent: Pick<AgentReport, 'agent' | 'company' | 'caches'>;
  readonly #bypassed = new Map<BypassReason, number>();
  readonly #notKept = new Map<Refusal, number>();
  readonly #saved = emptyTally();
  readonly prefetch = { asked: emptyTally(), wasted: emptyTally(), kept: 0, cancelled: 0, hits: 0, used: 0 };
  #hits = 0;
  #misses = 0;
  #stale = 0;
  #kept = 0;

  constructor(agent: Pick<AgentReport, 'agent' | 'company' | 'caches'>) {
    this.#agent = agent;
  }

  hit(spent: Spent): void {
    this.#hits++;
    add(this.#saved, spent);
  }

  missed(isStale: boolean): void {
    this.#misses++;
    if (isStale) this.#stale++;
  }

  bypassed(reason: BypassReason): void {
    count(this.#bypassed, reason);
  }

  kept(): void {
    this.#kept++;
  }

  notKept(reason: Refusal): void {
    count(this.#notKept, reason);
  }

  report(): AgentReport {
    const hits = this.#hits;
    const lookUps = hits + this.#misses;
    const questions = lookUps + [...this.#bypassed.values()].reduce((sum, one) => sum + one, 0);
    const { asked, wasted, ...prefetch } = this.prefetch;
    return {
      ...this.#agent,
      questions,
      hits,
      misses: this.#misses,
      stale: this.#stale,
      bypassed: Object.fromEntries(this.#bypassed),
      hitRate: lookUps === 0 ? null : hits / lookUps,
      shareAnswered: questions === 0 ? null : hits / questions,
      kept: this.#kept,
      notKept: Object.fromEntries(this.#notKept),
      saved: { ...this.#saved },
      prefetch: { ...prefetch, asked: { ...asked }, wasted: { ...wasted } },
    };
  }
}

function count<Name>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
