import type { Outcome } from '../../machines/call-events.ts';
import type { Facts } from '../../machines/flow.ts';
import type { LogEntry, Move, Placed, Turn } from '../../runtime/journal.ts';

/** One call in a list, live or over. */
export interface CallListing {
  /** Ours; unique for ever. */
  callId: string;
  /** The carrier's. */
  callSid: string;
  /** Where it runs, or ran last. */
  node: string;
  /** Who answered; absent where a process has only one agent. */
  agent?: string;
  /** Where the call's chart stands, as `floor.speaking`; `ended` once it is over. */
  state: string;
  live: boolean;
  /** As the carrier wrote them. */
  from: string;
  to: string;
  direction: 'inbound' | 'outbound';
  flow: string;
  flowVersion: string;
  /** Milliseconds since the Unix epoch. */
  startedAt: number;
  /** So far, or in all. */
  durationMs: number;
  /** Null while the call is live. */
  outcome: Outcome | null;
}

/** All that is known about one call. */
export interface CallDetail extends CallListing {
  language: string;
  turns: readonly Turn[];
  /** What the caller said and nobody answered. */
  unanswered: readonly string[];
  facts: Facts;
  /** Where it went on after its beginning. Of a live call of another node, nothing is known yet. */
  moves: readonly Move[];
  /** What was decided of its place, and why. */
  placement: readonly Placed[];
  /** Of the post-call job; null until it has run. */
  report: Readonly<Record<string, unknown>> | null;
  parameters: Readonly<Record<string, string>>;
}

export interface ListQuery {
  limit: number;
  /** The `callId` of the last call already seen; null starts with the newest. */
  before: string | null;
}

export interface EventsQuery {
  limit: number;
  /** Only entries with a greater `seq`. */
  after: number;
}

/** Where the API looks calls up: those that are live on this node, and the records of all. */
export interface CallDirectory {
  /** Newest first, at most `limit`; a call that is both live and recorded comes once. */
  list(query: ListQuery): Promise<readonly CallListing[]>;
  /** By the carrier's SID, or by our own id. */
  find(id: string): Promise<CallDetail | null>;
  /** Oldest first, at most `limit`; null for a call that is not known. */
  events(id: string, query: EventsQuery): Promise<readonly LogEntry[] | null>;
}
