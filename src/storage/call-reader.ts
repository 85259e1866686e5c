import type { LogEntry } from '../../runtime/journal.ts';
import {
  type CallListing,
  type CallRecord,
  LISTING_COLUMNS,
  RECORD_COLUMNS,
  toListing,
  toRecord,
} from './call-records.ts';
import type { Database } from './database.ts';
import { toJsonText, toPlainText } from './json-text.ts';

/** What is known of calls, whoever runs them. */
export class CallReader {
  protected readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  /** The latest call with the carrier's id. */
  async find(callSid: string): Promise<CallRecord | null> {
    const rows = await this.database.query(
      `select ${RECORD_COLUMNS} from aybiza.calls where call_sid = $1 order by started_at desc, call_id desc limit 1`,
      [toPlainText(callSid)],
    );
    return rows[0] ? toRecord(rows[0]) : null;
  }

  async get(callId: string): Promise<CallRecord | null> {
    const rows = await this.database.query(`select ${RECORD_COLUMNS} from aybiza.calls where call_id = $1`, [
      toPlainText(callId),
    ]);
    return rows[0] ? toRecord(rows[0]) : null;
  }

  /** Recent first. `before` is the id of the last call already seen. */
  async list({ limit, before }: { limit: number; before?: string }): Promise<CallListing[]> {
    const rows = await this.database.query(
      `select ${LISTING_COLUMNS} from aybiza.calls
       where $2::text is null
          or (started_at, call_id) < (select started_at, call_id from aybiza.calls where call_id = $2)
       order by started_at desc, call_id desc limit $1::int`,
      [limit, before === undefined ? null : toPlainText(before)],
    );
    return rows.map(toListing);
  }

  /** The call's log, in order: all of it, or what comes after the entry `after`. */
  async events(callId: string, after = -1): Promise<LogEntry[]> {
    const rows = await this.database.query<{ entry: LogEntry }>(
      'select entry from aybiza.call_events where call_id = $1 and seq > $2::int order by seq',
      [toPlainText(callId), after],
    );
    return rows.map(row => row.entry);
  }

  /** The whole logs of many calls at once, by call id. */
  async eventsOf(callIds: readonly string[]): Promise<Map<string, LogEntry[]>> {
    const logs = new Map(callIds.map(callId => [callId, [] as LogEntry[]]));
    const rows = await this.database.query<{ call_id: string; entry: LogEntry }>(
      `select call_id, entry from aybiza.call_events
       where call_id in (select jsonb_array_elements_text($1::jsonb)) order by call_id, seq`,
      [toJsonText(callIds)],
    );
    for (const { call_id, entry } of rows) logs.get(call_id)?.push(entry);
    return logs;
  }

  /** Those of the calls that were let go and that nobody has claimed yet. */
  async unclaimed(callIds: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ call_id: string }>(
      `select call_id from aybiza.calls
       where status = 'live' and released and call_id in (select jsonb_array_elements_text($1::jsonb))`,
      [toJsonText(callIds)],
    );
    return rows.map(row => row.call_id);
  }

  /** The latest frozen call, and the last log entry that was appended before it. */
  async snapshot(callId: string): Promise<{ seq: number; frozen: unknown } | null> {
    const rows = await this.database.query<{ seq: number; frozen: unknown }>(
      'select seq, frozen from aybiza.call_snapshots where call_id = $1',
      [toPlainText(callId)],
    );
    return rows[0] ?? null;
  }
}
