import type { CallSummary } from '../../runtime/journal.ts';
import { startOf } from './call-records.ts';
import type { Database } from './database.ts';
import { toJsonText } from './json-text.ts';

const FINISH = `with closed as (
    insert into aybiza.calls as call
      (call_id, call_sid, node, process, status, started_at, start, ended_at, outcome, summary)
    values ($1, $2, $3, $4::jsonb, 'ended', $5::timestamptz, $6::jsonb, $7::timestamptz, $8, $9::jsonb)
    on conflict (call_id) do update
      set status = 'ended', ended_at = excluded.ended_at, outcome = excluded.outcome, summary = excluded.summary
      where call.status = 'live' and call.epoch = $10::int
        and ($11::text is null or extract(epoch from call.heartbeat_at)::text = $11)
    returning call_id
  ), owed as (
    insert into aybiza.outbox (call_id, job, payload)
    select call_id, job, $12::jsonb from closed, jsonb_array_elements_text($13::jsonb) job
    on conflict do nothing
  )
  select (select count(*)::int from closed) as closed,
         (select status from aybiza.calls where call_id = $1) as status`;

/**
 * One statement, so one transaction: the call ends and owes its `jobs`, or neither. Of a call that is on record, only while its row
 * has the `epoch`, and its last heartbeat was `beat`, if any. `status`: of the row before that, null where there was none.
 */
export async function finishCall(
  database: Database,
  identity: readonly (string | null)[],
  summary: CallSummary,
  { epoch, beat }: { epoch: number | null; beat: string | null },
  jobs: readonly string[],
): Promise<{ closed: boolean; status: string | null }> {
  const { callId, startedAt, endedAt, outcome } = summary;
  const [row] = await database.query<{ closed: number; status: string | null }>(FINISH, [
    ...identity,
    new Date(startedAt).toISOString(),
    toJsonText(startOf(summary)),
    new Date(endedAt).toISOString(),
    outcome,
    toJsonText(summary),
    epoch,
    beat,
    toJsonText({ callId }),
    toJsonText(jobs),
  ]);
  return { closed: row?.closed === 1, status: row?.status ?? null };
}
