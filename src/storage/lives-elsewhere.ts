import type { FrozenCall } from '../../runtime/frozen-call.ts';
import type { CallStart, CallSummary, LogEntry } from '../../runtime/journal.ts';
import type { Database } from './database.ts';
import { toJsonText, toPlainText } from './json-text.ts';

/** A call that was lived where there is no database: to its end, or until it was handed over. */
export interface ArchivedCall {
  start: CallStart;
  entries: readonly LogEntry[];
  summary: CallSummary;
}

/** What an edge knew of a call when it handed the call over. */
export interface KnownCall {
  start: CallStart;
  /** Without what was in mid-air. */
  frozen: FrozenCall;
  entries: readonly LogEntry[];
}

/** The log of the calls in `of` becomes that of the parameter `log`, whatever was there. */
const replaceLog = (of: string, log: string) => `told as (
    insert into aybiza.call_events (call_id, seq, at_ms, entry)
    select call_id, (entry->>'seq')::int, (entry->>'atMs')::float8, entry
    from ${of}, jsonb_array_elements(${log}::jsonb) entry
    on conflict (call_id, seq) do update set at_ms = excluded.at_ms, entry = excluded.entry
  ), gone as (
    delete from aybiza.call_events where call_id in (select call_id from ${of})
      and seq > (select coalesce(max((item->>'seq')::int), 0) from jsonb_array_elements(${log}::jsonb) item)
  )`;

const ADOPT = `with adopted as (
    insert into aybiza.calls as call (call_id, call_sid, node, process, status, started_at, start, released)
    values ($1, $2, $3, $4::jsonb, 'live', $5::timestamptz, $6::jsonb, true)
    on conflict (call_id) do update set heartbeat_at = now(), epoch = call.epoch + 1, released = true
      where call.status = 'live' and call.epoch = $7::int
    returning call_id
  ), ${replaceLog('adopted', '$8')}, saved as (
    insert into aybiza.call_snapshots (call_id, seq, frozen)
    select call_id, coalesce(($9::jsonb->>'seq')::int, -1), $9::jsonb from adopted
    on conflict (call_id) do update set seq = excluded.seq, frozen = excluded.frozen, saved_at = now()
  )
  select count(*)::int as adopted from adopted`;

const RETELL = `with known as (
    select count(*) as entries, count(*) filter (where entry->'event'->>'type' = 'caller.finished') as utterances
    from aybiza.call_events where call_id = $1
  ), retold as (
    update aybiza.calls call set ended_at = $2::timestamptz, outcome = $3, summary = $4::jsonb from known
    where call_id = $1 and status = 'ended'
      and (known.utterances < $6::int
           or known.utterances = $6::int
              and (call.outcome = 'interrupted' and $3 <> 'interrupted' or known.entries < $7::int))
    returning call.call_id
  ), ${replaceLog('retold', '$5')}
  select count(*)::int as retold from retold`;

/**
 * The records know of the call what its edge knew, and anybody may claim it; nobody who had it before can write about it any
 * more. Changes nothing unless the record has that `epoch`, or `epoch` is null and there is none.
 */
export async function adopt(
  database: Database,
  identity: readonly (string | null)[],
  { start, frozen, entries }: KnownCall,
  epoch: number | null,
): Promise<void> {
  const startedAt = new Date(start.startedAt).toISOString();
  const texts = [toJsonText(start), epoch, toJsonText(entries), toJsonText(frozen)];
  await database.query(ADOPT, [...identity, startedAt, ...texts]);
}

/**
 * The record of an ended call tells what its archive does, if that knows more. A call may have had two lives, when its edge
 * went on with it because no node seemed to: the one that heard more of the caller is the true one.
 */
export async function retell(database: Database, { entries, summary }: ArchivedCall): Promise<void> {
  const { callId, endedAt, outcome } = summary;
  await database.query(RETELL, [
    toPlainText(callId),
    new Date(endedAt).toISOString(),
    outcome,
    toJsonText(summary),
    toJsonText(entries),
    entries.filter(entry => entry.kind === 'event' && entry.event.type === 'caller.finished').length,
    entries.length,
  ]);
}
