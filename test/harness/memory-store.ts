import { EventEmitter } from 'node:events';
import type { CallStart, CallSummary, LogEntry } from '../../runtime/journal.ts';
import type { CallListing, CallRecord } from '../../src/storage/call-records.ts';
import type { CallStore } from '../../src/storage/call-store.ts';

interface Kept {
  start: CallStart;
  entries: LogEntry[];
  summaries: CallSummary[];
}

/** What a server asks of its records, without a database: for tests that are about the wire. */
export class MemoryStore {
  readonly #calls = new Map<string, Kept>();
  readonly #news = new EventEmitter().setMaxListeners(0);

  /** The type the server asks for. Its class has private parts, which only itself can have. */
  get asStore(): CallStore {
    return this as unknown as CallStore;
  }

  /** The summary of the call once it has ended. Throws when a call was ended twice. */
  async finished(callId: string): Promise<CallSummary> {
    for (;;) {
      const [summary, ...others] = this.#calls.get(callId)?.summaries ?? [];
      if (others.length > 0) throw new Error(`The call ${callId} was finished ${others.length + 1} times.`);
      if (summary) return summary;
      await new Promise(resolve => this.#news.once('finished', resolve));
    }
  }

  async begin(start: CallStart): Promise<void> {
    this.#calls.set(start.callId, { start, entries: [], summaries: [] });
  }

  async append(callId: string, entries: readonly LogEntry[]): Promise<void> {
    this.#calls.get(callId)?.entries.push(...entries);
  }

  async saveSnapshot(_: string, frozen: unknown): Promise<void> {
    JSON.stringify(frozen);
  }

  async finish(summary: CallSummary): Promise<void> {
    this.#calls.get(summary.callId)?.summaries.push(summary);
    this.#news.emit('finished');
  }

  async find(callSid: string): Promise<CallRecord | null> {
    const kept = [...this.#calls.values()].findLast(({ start }) => start.callSid === callSid);
    return kept ? { ...toListing(kept), summary: kept.summaries[0] ?? null } : null;
  }

  async get(callId: string): Promise<CallRecord | null> {
    const kept = this.#calls.get(callId);
    return kept ? { ...toListing(kept), summary: kept.summaries[0] ?? null } : null;
  }

  async list({ limit }: { limit: number }): Promise<CallListing[]> {
    return [...this.#calls.values()].reverse().slice(0, limit).map(toListing);
  }

  async events(callId: string, after = 0): Promise<LogEntry[]> {
    return (this.#calls.get(callId)?.entries ?? []).filter(({ seq }) => seq > after);
  }

  async orphans(): Promise<[]> {
    return [];
  }

  /** All its calls are one server's own. */
  async peek(): Promise<null> {
    return null;
  }

  async claim(): Promise<null> {
    return null;
  }

  async isOurs(callId: string): Promise<boolean> {
    return this.#calls.has(callId);
  }

  epochOf(callId: string): number | null {
    return this.#calls.has(callId) ? 1 : null;
  }

  forsake(): void {}

  onLost(): () => void {
    return () => {};
  }
}

function toListing({ start, summaries: [summary] }: Kept): CallListing {
  const { callId, callSid, node, startedAt } = start;
  return {
    callId,
    callSid,
    node,
    status: summary ? 'ended' : 'live',
    startedAt,
    endedAt: summary?.endedAt ?? null,
    outcome: summary?.outcome ?? null,
    start,
    report: null,
  };
}
