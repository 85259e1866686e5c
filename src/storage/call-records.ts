import type { Outcome } from '../../machines/call-events.ts';
import type { CallStart, CallSummary } from '../../runtime/journal.ts';
import type { CallReport } from '../jobs/call-report.ts';
import type { Row } from './database.ts';
import type { ProcessStamp } from './process-stamp.ts';

/** A call as lists show it. Times are milliseconds since the Unix epoch. */
export interface CallListing {
  callId: string;
  callSid: string;
  /** Where it runs or last ran. */
  node: string;
  status: 'live' | 'ended';
  startedAt: number;
  endedAt: number | null;
  outcome: Outcome | null;
  start: CallStart;
  /** Null until its job has run. */
  report: CallReport | null;
}

export interface CallRecord extends CallListing {
  /** Null while the call lives. */
  summary: CallSummary | null;
}

/** One opening of the store: what tells a call of ours from one of an earlier life of this node. */
export interface StoreOpening extends ProcessStamp {
  opening: string;
}

/** A live call as others find it: one that nobody runs any more, and whose caller does not come back. */
export interface Orphan {
  callId: string;
  start: CallStart;
  /** By the database's clock; the call was alive then. */
  lastSeenAt: number;
  /** As it was found: by these it is known whether anybody has touched it since. */
  epoch: number;
  beat: string;
}

export const LISTING_COLUMNS =
  'call_id, call_sid, node, status, started_at, ended_at, outcome, start, report';
export const RECORD_COLUMNS = `${LISTING_COLUMNS}, summary`;

export function toListing(row: Row): CallListing {
  return {
    callId: row.call_id as string,
    callSid: row.call_sid as string,
    node: row.node as string,
    status: row.status as 'live' | 'ended',
    startedAt: (row.started_at as Date).getTime(),
    endedAt: row.ended_at ? (row.ended_at as Date).getTime() : null,
    outcome: row.outcome as Outcome | null,
    start: row.start as CallStart,
    report: row.report as CallReport | null,
  };
}

export function toRecord(row: Row): CallRecord {
  return { ...toListing(row), summary: row.summary as CallSummary | null };
}

export function toOrphan(row: Row): Orphan {
  return {
    callId: row.call_id as string,
    start: row.start as CallStart,
    lastSeenAt: (row.heartbeat_at as Date).getTime(),
    epoch: row.epoch as number,
    beat: row.beat as string,
  };
}

/** The part of a summary that was known when the call began. */
export function startOf(summary: CallSummary): CallStart {
  const {
    endedAt: _,
    outcome: __,
    turns: ___,
    unanswered: ____,
    facts: _____,
    flowState: ______,
    supervision: _______,
    moves: ________,
    placement: _________,
    ...start
  } = summary;
  return start;
}
