import { CallTakenOver, type Failures } from '../../runtime/journal.ts';
import type { Database } from './database.ts';
import { toJsonText } from './json-text.ts';
import type { OwnedCalls, Tenure } from './owned-calls.ts';
import type { WriteOrder } from './write-order.ts';

/**
 * Calls of `$1` that still have the epoch they were given with. Their rows stay locked until the statement is done, so
 * that no claim comes between the look and the write; in order, so that no two statements wait for each other.
 */
const OWNED = `
  with given as (
    select item->>'callId' as call_id, (item->>'epoch')::int as epoch, item->'value' as value
    from jsonb_array_elements($1::jsonb) item
  ), owned as (
    select call.call_id, given.value
    from aybiza.calls call join given using (call_id)
    where call.epoch = given.epoch and call.status = 'live'
    order by call.call_id for share of call
  )`;

const APPEND = `${OWNED}, written as (
    insert into aybiza.call_events (call_id, seq, at_ms, entry)
    select call_id, (entry->>'seq')::int, (entry->>'atMs')::float8, entry
    from owned, jsonb_array_elements(owned.value) entry
    on conflict do nothing
  )
  select call_id from owned`;

const SAVE_SNAPSHOTS = `${OWNED}, written as (
    insert into aybiza.call_snapshots (call_id, seq, frozen)
    select call_id, coalesce((value->>'seq')::int, -1), value from owned
    on conflict (call_id) do update
      set seq = excluded.seq, frozen = excluded.frozen, saved_at = now()
  )
  select call_id from owned`;

interface Item {
  callId: string;
  tenure: Tenure | null;
  json: string;
}

/** Writes about many calls in one statement, each only if its call is still owned. */
export class FencedWrites {
  readonly #database: Database;
  readonly #owned: OwnedCalls;
  readonly #order: WriteOrder;

  constructor(database: Database, owned: OwnedCalls, order: WriteOrder) {
    this.#database = database;
    this.#owned = owned;
    this.#order = order;
  }

  append(logs: ReadonlyMap<string, readonly unknown[]>): Promise<Failures> {
    return this.#write(APPEND, logs);
  }

  saveSnapshots(frozen: ReadonlyMap<string, unknown>): Promise<Failures> {
    return this.#write(SAVE_SNAPSHOTS, frozen);
  }

  #write(sql: string, values: ReadonlyMap<string, unknown>): Promise<Failures> {
    // Of now: when its turn comes, the call may have been lost and claimed again.
    const tenures = new Map([...values.keys()].map(callId => [callId, this.#owned.tenureOf(callId)]));
    return this.#order.runAll([...values.keys()], async () => {
      const failures = new Map<string, unknown>();
      const items: Item[] = [];
      for (const [callId, value] of values) {
        try {
          const tenure = tenures.get(callId) ?? null;
          const epoch = this.#owned.epochIn(callId, tenure);
          const json = `{"callId":${toJsonText(callId)},"epoch":${epoch},"value":${toJsonText(value)}}`;
          items.push({ callId, tenure, json });
        } catch (error) {
          failures.set(callId, error);
        }
      }
      if (items.length > 0) await this.#writeItems(sql, items, failures);
      return failures;
    });
  }

  /** What one call's row has that the database refuses must not cost the others: then each is written by itself. */
  async #writeItems(sql: string, items: readonly Item[], failures: Map<string, unknown>): Promise<void> {
    try {
      await this.#writeTogether(sql, items, failures);
    } catch (error) {
      if (items.length === 1) {
        failures.set(items[0]!.callId, error);
        return;
      }
      await this.#database.query('select 1');
      for (const item of items) await this.#writeItems(sql, [item], failures);
    }
  }

  async #writeTogether(sql: string, items: readonly Item[], failures: Map<string, unknown>): Promise<void> {
    const rows = await this.#database.query(sql, [`[${items.map(({ json }) => json).join(',')}]`]);
    const written = new Set(rows.map(row => row.call_id));
    for (const { callId, tenure } of items) {
      if (written.has(callId)) continue;
      this.#owned.lose(callId, tenure);
      failures.set(callId, new CallTakenOver(callId));
    }
  }
}
