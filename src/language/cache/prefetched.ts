import type { Spent } from './kept-reply.ts';
import { type AgentMeasures, add } from './measures.ts';
import type { ReplyKey } from './reply-key.ts';

interface Ahead {
  spent: Spent;
  untilMs: number;
  measures: AgentMeasures;
  isUsed: boolean;
}

/** A question that led to nothing that could be kept is not asked ahead again before this. */
const HOPELESS_MS = 30 * 60_000;
const MOST_HOPELESS = 1_000;

/** What was asked ahead on this node, and what became of it. */
export class Prefetched {
  readonly #kept = new Map<ReplyKey, Ahead>();
  readonly #hopeless = new Map<ReplyKey, number>();

  keep(key: ReplyKey, ahead: Omit<Ahead, 'isUsed'>, nowMs: number): void {
    this.settle(nowMs);
    const before = this.#kept.get(key);
    if (before) this.#close(key, before);
    this.#kept.set(key, { ...ahead, isUsed: false });
  }

  /** A caller was answered with it. */
  used(key: ReplyKey): void {
    const ahead = this.#kept.get(key);
    if (!ahead || ahead.isUsed) return;
    ahead.isUsed = true;
    ahead.measures.prefetch.used++;
  }

  giveUp(key: ReplyKey, nowMs: number): void {
    const [oldest] = this.#hopeless.keys();
    if (this.#hopeless.size >= MOST_HOPELESS && oldest !== undefined) this.#hopeless.delete(oldest);
    this.#hopeless.set(key, nowMs + HOPELESS_MS);
  }

  isHopeless(key: ReplyKey, nowMs: number): boolean {
    return (this.#hopeless.get(key) ?? Number.NEGATIVE_INFINITY) > nowMs;
  }

  /** Counts as wasted what nobody used in its time. */
  settle(nowMs: number): void {
    for (const [key, ahead] of this.#kept) if (ahead.untilMs <= nowMs) this.#close(key, ahead);
  }

  #close(key: ReplyKey, ahead: Ahead): void {
    this.#kept.delete(key);
    if (!ahead.isUsed) add(ahead.measures.prefetch.wasted, ahead.spent);
  }
}
