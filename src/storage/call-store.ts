import { randomUUID } from 'node:crypto';
import type { CallStart, CallSummary, Journal, LogEntry } from '../../runtime/journal.ts';
import type { CallReport } from '../jobs/call-report.ts';
import {
  type CallListing,
  type CallRecord,
  LISTING_COLUMNS,
  type Orphan,
  RECORD_COLUMNS,
  type StoreOpening,
  startOf,
  toListing,
  toOrphan,
  toRecord,
} from './call-records.ts';
import type { Database } from './database.ts';
import { toJsonText, toPlainText } from './json-text.ts';
import { lookUpProcess, thisProcess } from './process-stamp.ts';
import { WriteOrder } from './write-order.ts';

export interface CallStoreOptions {
  /** Every call owes these jobs when it ends. */
  postCallJobs: readonly string[];
  /** The record is closed and its jobs are certain. Called once per call, by the store that closed it. */
  finished?(callId: string): void;
}

/** The record of every call, in PostgreSQL or PGlite. Writes to one call happen in the order they were asked for. */
export class CallStore implements Journal {
  readonly #database: Database;
  readonly #options: CallStoreOptions;
  readonly #opening: StoreOpening = { ...thisProcess(), opening: randomUUID() };
  readonly #writes = new WriteOrder();

  constructor(database: Database, options: CallStoreOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** Beginning a live call again, on whatever node, takes it over. */
  begin(start: CallStart): Promise<void> {
    return this.#write(
      start.callId,
      `insert into aybiza.calls as call (call_id, call_sid, node, process, status, started_at, start)
       values ($1, $2, $3, $4::jsonb, 'live', $5::timestamptz, $6::jsonb)
       on conflict (call_id) do update
         set node = excluded.node, process = excluded.process, heartbeat_at = now()
         where call.status = 'live'`,
      [...this.#identity(start), toIso(start.startedAt), toJsonText(start)],
    );
  }

  append(callId: string, entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    return this.#write(
      callId,
      `insert into aybiza.call_events (call_id, seq, at_ms, entry)
       select $1, (entry->>'seq')::int, (entry->>'atMs')::float8, entry from jsonb_array_elements($2::jsonb) entry
       on conflict do nothing`,
      [toPlainText(callId), toJsonText(entries)],
    );
  }

  saveSnapshot(callId: string, frozen: unknown): Promise<void> {
    return this.#write(
      callId,
      `insert into aybiza.call_snapshots (call_id, seq, frozen)
       select $1, coalesce(max(seq), -1), $2::jsonb from aybiza.call_events where call_id = $1
       on conflict (call_id) do update
         set seq = excluded.seq, frozen = excluded.frozen, saved_at = now()`,
      [toPlainText(callId), toJsonText(frozen)],
    );
  }

  async finish(summary: CallSummary): Promise<void> {
    await this.#finish(summary, null);
  }

  /** Like `finish`, unless somebody has taken the call over since it was found. Returns whether it was closed. */
  finishOrphan(orphan: Orphan, summary: CallSummary): Promise<boolean> {
    return this.#finish(summary, orphan.owner);
  }

  /** The latest call with the carrier's id. */
  async find(callSid: string): Promise<CallRecord | null> {
    const rows = await this.#database.query(
      `select ${RECORD_COLUMNS} from aybiza.calls where call_sid = $1 order by started_at desc, call_id desc limit 1`,
      [toPlainText(callSid)],
    );
    return rows[0] ? toRecord(rows[0]) : null;
  }

  async get(callId: string): Promise<CallRecord | null> {
    const rows = await this.#database.query(`select ${RECORD_COLUMNS} from aybiza.calls where call_id = $1`, [
      toPlainText(callId),
    ]);
    return rows[0] ? toRecord(rows[0]) : null;
  }

  /** Recent first. `before` is the id of the last call already seen. */
  async list({ limit, before }: { limit: number; before?: string }): Promise<CallListing[]> {
    const rows = await this.#database.query(
      `select ${LISTING_COLUMNS} from aybiza.calls
       where $2::text is null
          or (started_at, call_id) < (select started_at, call_id from aybiza.calls where call_id = $2)
       order by started_at desc, call_id desc limit $1::int`,
      [limit, before === undefined ? null : toPlainText(before)],
    );
    return rows.map(toListing);
  }

  /** The call's whole log, in order. */
  async events(callId: string): Promise<LogEntry[]> {
    const rows = await this.#database.query<{ entry: LogEntry }>(
      'select entry from aybiza.call_events where call_id = $1 order by seq',
      [toPlainText(callId)],
    );
    return rows.map(row => row.entry);
  }

  /** The whole logs of many calls at once, by call id. */
  async eventsOf(callIds: readonly string[]): Promise<Map<string, LogEntry[]>> {
    const logs = new Map(callIds.map(callId => [callId, [] as LogEntry[]]));
    const rows = await this.#database.query<{ call_id: string; entry: LogEntry }>(
      `select call_id, entry from aybiza.call_events
       where call_id in (select jsonb_array_elements_text($1::jsonb)) order by call_id, seq`,
      [toJsonText(callIds)],
    );
    for (const { call_id, entry } of rows) logs.get(call_id)?.push(entry);
    return logs;
  }

  /** The latest frozen call, and the last log entry that was appended before it. */
  async snapshot(callId: string): Promise<{ seq: number; frozen: unknown } | null> {
    const rows = await this.#database.query<{ seq: number; frozen: unknown }>(
      'select seq, frozen from aybiza.call_snapshots where call_id = $1',
      [toPlainText(callId)],
    );
    return rows[0] ?? null;
  }

  /** Says that the calls which this store began on `node` are alive. */
  async heartbeat(node: string): Promise<void> {
    await this.#database.query(
      `update aybiza.calls set heartbeat_at = now() where status = 'live' and node = $1 and process = $2::jsonb`,
      [toPlainText(node), toJsonText(this.#opening)],
    );
  }

  /**
   * Live calls that nobody runs: their heartbeat is older than `olderThanMs`, or they belong to a process of this node
   * that is gone. A predecessor that still drains on this host keeps its calls as long as it sends heartbeats.
   */
  async orphans({ node, olderThanMs }: { node: string; olderThanMs: number }): Promise<Orphan[]> {
    const rows = await this.#database.query(
      `select call_id, start, process, heartbeat_at, node = $1 as ours,
              heartbeat_at < now() - $2::float8 * interval '1 millisecond' as stale
       from aybiza.calls where status = 'live' and process <> $3::jsonb
       order by started_at`,
      [toPlainText(node), olderThanMs, toJsonText(this.#opening)],
    );
    return rows
      .filter(row => row.stale || (row.ours && lookUpProcess(row.process as StoreOpening) === 'gone'))
      .map(toOrphan);
  }

  /** Replaces the report, if any. Throws when there is no such call. */
  async saveReport(callId: string, report: CallReport): Promise<void> {
    const rows = await this.#database.query(
      'update aybiza.calls set report = $2::jsonb where call_id = $1 returning call_id',
      [toPlainText(callId), toJsonText(report)],
    );
    if (rows.length === 0) throw new Error(`There is no record of the call ${callId} to keep a report with.`);
  }

  /** Resolves when every write asked for so far is done. */
  flush(): Promise<void> {
    return this.#writes.drained();
  }

  /** One statement, so one transaction: the call ends and owes its jobs, or neither. */
  #finish(summary: CallSummary, onlyOf: StoreOpening | null): Promise<boolean> {
    const { callId, startedAt, endedAt, outcome } = summary;
    return this.#writes.run(callId, async () => {
      const [row] = await this.#database.query<{ closed: number }>(
        `with closed as (
           insert into aybiza.calls as call
             (call_id, call_sid, node, process, status, started_at, start, ended_at, outcome, summary)
           values ($1, $2, $3, $4::jsonb, 'ended', $5::timestamptz, $6::jsonb, $7::timestamptz, $8, $9::jsonb)
           on conflict (call_id) do update
             set status = 'ended', ended_at = excluded.ended_at, outcome = excluded.outcome, summary = excluded.summary
             where call.status = 'live' and ($10::jsonb is null or call.process = $10::jsonb)
           returning call_id
         ), owed as (
           insert into aybiza.outbox (call_id, job, payload)
           select call_id, job, $11::jsonb from closed, jsonb_array_elements_text($12::jsonb) job
           on conflict do nothing
         )
         select count(*)::int as closed from closed`,
        [
          ...this.#identity(summary),
          toIso(startedAt),
          toJsonText(startOf(summary)),
          toIso(endedAt),
          outcome,
          toJsonText(summary),
          onlyOf && toJsonText(onlyOf),
          toJsonText({ callId }),
          toJsonText(this.#options.postCallJobs),
        ],
      );
      const closed = row?.closed === 1;
      if (closed) this.#options.finished?.(callId);
      return closed;
    });
  }

  #write(callId: string, text: string, params: readonly unknown[]): Promise<void> {
    return this.#writes.run(callId, async () => {
      await this.#database.query(text, params);
    });
  }

  #identity({ callId, callSid, node }: CallStart): string[] {
    return [toPlainText(callId), toPlainText(callSid), toPlainText(node), toJsonText(this.#opening)];
  }
}

function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
