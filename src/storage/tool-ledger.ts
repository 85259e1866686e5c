import type { ToolCall, ToolResult } from '../../machines/call-events.ts';
import { CallTakenOver } from '../../runtime/journal.ts';
import type { ToolLedger, ToolLedgerEntry } from '../../runtime/ports.ts';
import type { Database, Row } from './database.ts';
import { toJsonText, toPlainText } from './json-text.ts';
import type { OwnedCalls } from './owned-calls.ts';
import type { WriteOrder } from './write-order.ts';

/**
 * One statement looks for an earlier run and begins this one, with the call's row locked meanwhile. A run that is found
 * goes by the request's id from now on.
 */
const BEGIN = `
  with owned as (
    select call_id from aybiza.calls where call_id = $1 and epoch = $2::int and status = 'live' for share
  ), earlier as (
    select run.call_id, run.id, run.result
    from aybiza.tool_runs run join owned using (call_id)
    where run.name = $4 and run.input = $5::jsonb and not run.id in (select jsonb_array_elements_text($6::jsonb))
    order by run.began_at limit 1
  ), handed_over as (
    update aybiza.tool_runs run set id = $3 from earlier
    where run.call_id = earlier.call_id and run.id = earlier.id and earlier.id <> $3
  ), begun as (
    insert into aybiza.tool_runs (call_id, id, name, input)
    select call_id, $3, $4, $5::jsonb from owned where not exists (select from earlier)
    on conflict (call_id, id) do update
      set name = excluded.name, input = excluded.input, began_at = excluded.began_at, result = null
  )
  select (select count(*)::int from owned) as owned, (select count(*)::int from earlier) as earlier,
    (select result from earlier) as result`;

const END = `
  with owned as (
    select call_id from aybiza.calls where call_id = $1 and epoch = $2::int and status = 'live' for share
  ), ended as (
    update aybiza.tool_runs run set result = $4::jsonb from owned
    where run.call_id = owned.call_id and run.id = $3
  )
  select (select count(*)::int from owned) as owned`;

/** Remembers in the records which tools that change something were run for a call. */
export class SqlToolLedger implements ToolLedger {
  readonly #database: Database;
  readonly #owned: OwnedCalls;
  readonly #order: WriteOrder;

  constructor(database: Database, owned: OwnedCalls, order: WriteOrder) {
    this.#database = database;
    this.#owned = owned;
    this.#order = order;
  }

  async begin(callId: string, request: ToolCall, told: readonly string[]): Promise<ToolLedgerEntry> {
    const { id, name, input } = request;
    const row = await this.#run(callId, BEGIN, [
      toPlainText(id),
      toPlainText(name),
      toJsonText(input),
      toJsonText(told),
    ]);
    return row.earlier === 0 ? { run: true } : { run: false, result: (row.result as ToolResult) ?? null };
  }

  async end(callId: string, result: ToolResult): Promise<void> {
    await this.#run(callId, END, [toPlainText(result.id), toJsonText(result)]);
  }

  /** After what is being written about the call: its beginning may be on its way. */
  #run(callId: string, sql: string, params: readonly unknown[]): Promise<Row> {
    const tenure = this.#owned.tenureOf(callId);
    return this.#order.run(callId, async () => {
      if (tenure === null) throw await this.#whyNot(callId);
      if (tenure.epoch === null) throw notYet(callId);
      const epoch = this.#owned.epochIn(callId, tenure);
      const [row] = await this.#database.query(sql, [toPlainText(callId), epoch, ...params]);
      if (row?.owned === 1) return row;
      this.#owned.lose(callId, tenure);
      throw new CallTakenOver(callId);
    });
  }

  async #whyNot(callId: string): Promise<Error> {
    const rows = await this.#database.query('select from aybiza.calls where call_id = $1', [
      toPlainText(callId),
    ]);
    return rows.length > 0 ? new CallTakenOver(callId) : notYet(callId);
  }
}

function notYet(callId: string): Error {
  return new Error(`The call ${callId} is not on record yet, so no tool may change anything for it.`);
}
