import { randomUUID } from 'node:crypto';
import type { FrozenCall } from '../../runtime/frozen-call.ts';
import {
  type CallStart,
  type CallSummary,
  CallTakenOver,
  type Failures,
  type Journal,
  type LogEntry,
} from '../../runtime/journal.ts';
import type { ToolLedger } from '../../runtime/ports.ts';
import type { CallReport } from '../jobs/call-report.ts';
import { CallReader } from './call-reader.ts';
import { type Orphan, type StoreOpening, toOrphan } from './call-records.ts';
import type { Database } from './database.ts';
import { FencedWrites } from './fenced-writes.ts';
import { finishCall } from './finish-call.ts';
import { toJsonText, toPlainText } from './json-text.ts';
import { type ArchivedCall, adopt, type KnownCall, retell } from './lives-elsewhere.ts';
import { OwnedCalls, type Tenure } from './owned-calls.ts';
import { lookUpProcess, thisProcess } from './process-stamp.ts';
import { SqlToolLedger } from './tool-ledger.ts';
import { WriteOrder } from './write-order.ts';

export interface CallStoreOptions {
  /** Every call owes these jobs when it ends. */
  postCallJobs: readonly string[];
  /** Where the calls of this store run; default, for a call that begins, the node that its start names. */
  node?: string;
  /** The record is closed and its jobs are certain. Called once per call, by the store that closed it. */
  finished?(callId: string): void;
}

/** A call that is this store's from now on, with everything that its earlier owner has written. */
export interface ClaimedCall {
  start: CallStart;
  /** With the agent's voice in mid-air only if the earlier owner let it go: what it said since a crash nobody knows. */
  frozen: FrozenCall | null;
  /** The whole log. */
  entries: LogEntry[];
}

export interface OrphanQuery {
  /** Ours: of its earlier processes we can tell whether they still run. */
  node: string;
  /** Without a heartbeat for so long, a call has no process. */
  olderThanMs: number;
  /** A call whose process is gone, or has let it go, is left alone for so long: its caller may come back. */
  callersTimeMs: number;
}

/**
 * The record of every call, in PostgreSQL or PGlite. Writes to one call happen in the order they were asked for, and only
 * while this store owns it: since it began or claimed the call, nobody else has.
 */
export class CallStore extends CallReader implements Journal {
  /** Which tools that change something were run for the calls. */
  readonly tools: ToolLedger;
  readonly #options: CallStoreOptions;
  readonly #opening: StoreOpening = { ...thisProcess(), opening: randomUUID() };
  readonly #order = new WriteOrder();
  readonly #owned = new OwnedCalls();
  /** Being let go: their rows may say so before we have heard it. */
  readonly #leaving = new Set<string>();
  readonly #writes: FencedWrites;
  readonly #whenLost = new Set<(callId: string) => void>();

  constructor(database: Database, options: CallStoreOptions) {
    super(database);
    this.#options = options;
    this.#writes = new FencedWrites(database, this.#owned, this.#order);
    this.tools = new SqlToolLedger(database, this.#owned, this.#order);
  }

  /** Tells this store from every other on the same database. */
  get opening(): string {
    return this.#opening.opening;
  }

  /**
   * Trying again changes nothing. Rejects with CallTakenOver when the call is somebody else's, or has ended: whoever comes late
   * with the beginning must not take it from those who have gone on with it since.
   */
  begin(start: CallStart): Promise<void> {
    const { callId } = start;
    const tenure = this.#owned.expect(callId);
    return this.#order.run(callId, async () => {
      const [row] = await this.database.query<{ epoch: number }>(
        `insert into aybiza.calls as call (call_id, call_sid, node, process, status, started_at, start)
         values ($1, $2, $3, $4::jsonb, 'live', $5::timestamptz, $6::jsonb)
         on conflict (call_id) do update set heartbeat_at = now()
           where call.status = 'live' and call.process = excluded.process and not call.released
         returning epoch`,
        [...this.#identity(start), toIso(start.startedAt), toJsonText(start)],
      );
      if (!row) {
        this.#owned.lose(callId, tenure);
        throw new CallTakenOver(callId);
      }
      tenure.epoch = row.epoch;
    });
  }

  /** See `lives-elsewhere.ts`. */
  adopt(known: KnownCall, epoch: number | null): Promise<void> {
    const { start } = known;
    return this.#order.run(start.callId, () => adopt(this.database, this.#identity(start), known, epoch));
  }

  /**
   * Takes a live call over, by the carrier's id or our own, whoever else had it before; from now on nobody else can write
   * about it. Null when no such call is live, or it is this store's already: then it is here, or its end is being written.
   */
  claim(id: string): Promise<ClaimedCall | null> {
    // One after the other, so that the second finds what the first one got.
    return this.#order.run(`claim ${id}`, () => this.#claim(id));
  }

  async #claim(id: string): Promise<ClaimedCall | null> {
    const [row] = await this.database.query<{
      call_id: string;
      start: CallStart;
      epoch: number;
      released: boolean;
    }>(
      `with found as (
         select call_id, released from aybiza.calls
         where status = 'live' and (call_sid = $1 or call_id = $1)
           and (released or process <> $3::jsonb or not call_id in (select jsonb_array_elements_text($4::jsonb)))
         order by started_at desc, call_id desc limit 1 for update
       )
       update aybiza.calls call
       set node = coalesce($2, call.node), process = $3::jsonb, heartbeat_at = now(),
           epoch = call.epoch + 1, released = false
       from found where call.call_id = found.call_id
       returning call.call_id, call.start, call.epoch, found.released`,
      [toPlainText(id), this.#node(null), toJsonText(this.#opening), toJsonText(this.#owned.ids())],
    );
    if (!row) return null;
    const { call_id: callId, start, epoch, released } = row;
    const tenure = this.#owned.claim(callId, epoch);
    try {
      const { entries, frozen } = await this.#readWhole(callId);
      return { start, entries, frozen: frozen && asClaimed(frozen, released) };
    } catch (error) {
      // Nobody goes on with it here, so it must not be kept alive from here.
      this.#owned.lose(callId, tenure);
      throw error;
    }
  }

  /** In one statement: when a node dies, all its calls are read at the same time. */
  async #readWhole(callId: string): Promise<{ entries: LogEntry[]; frozen: FrozenCall | null }> {
    const [row] = await this.database.query<{ entries: LogEntry[] | null; frozen: FrozenCall | null }>(
      `select (select jsonb_agg(entry order by seq) from aybiza.call_events where call_id = $1) as entries,
              (select frozen from aybiza.call_snapshots where call_id = $1) as frozen`,
      [toPlainText(callId)],
    );
    return { entries: row?.entries ?? [], frozen: row?.frozen ?? null };
  }

  /** The live call with the carrier's id, whoever has it: that there is one, and nothing of what was said in it. */
  async peek(callSid: string): Promise<Orphan | null> {
    const [row] = await this.database.query(
      `select call_id, start, epoch, heartbeat_at, extract(epoch from heartbeat_at)::text as beat
       from aybiza.calls where status = 'live' and call_sid = $1
       order by started_at desc, call_id desc limit 1`,
      [toPlainText(callSid)],
    );
    return row ? toOrphan(row) : null;
  }

  append(callId: string, entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    return onlyOne(callId, this.#writes.append(new Map([[callId, entries]])));
  }

  appendAll(logs: ReadonlyMap<string, readonly LogEntry[]>): Promise<Failures> {
    return this.#writes.append(logs);
  }

  saveSnapshot(callId: string, frozen: unknown): Promise<void> {
    return onlyOne(callId, this.#writes.saveSnapshots(new Map([[callId, frozen]])));
  }

  saveSnapshots(frozen: ReadonlyMap<string, unknown>): Promise<Failures> {
    return this.#writes.saveSnapshots(frozen);
  }

  /** In one statement: whoever finds the call free finds it frozen. */
  release(callId: string, frozen: unknown): Promise<void> {
    this.#leaving.add(callId);
    const tenure = this.#owned.tenureOf(callId);
    return this.#order
      .run(callId, () => this.#release(callId, frozen, tenure))
      .finally(() => this.#leaving.delete(callId));
  }

  async #release(callId: string, frozen: unknown, tenure: Tenure | null): Promise<void> {
    const epoch = this.#owned.epochIn(callId, tenure);
    const [row] = await this.database.query<{ released: number }>(
      `with released as (
         update aybiza.calls set released = true, heartbeat_at = now()
         where call_id = $1 and epoch = $2::int and status = 'live'
         returning call_id
       ), saved as (
         insert into aybiza.call_snapshots (call_id, seq, frozen)
         select call_id, coalesce(($3::jsonb->>'seq')::int, -1), $3::jsonb from released
         on conflict (call_id) do update
           set seq = excluded.seq, frozen = excluded.frozen, saved_at = now()
       )
       select count(*)::int as released from released`,
      [toPlainText(callId), epoch, toJsonText(frozen)],
    );
    this.#owned.lose(callId, tenure);
    if (row?.released !== 1) throw new CallTakenOver(callId);
  }

  /** Writes nothing more about the call, which anyone may claim now, this store too. */
  forsake(callId: string): void {
    this.#owned.lose(callId);
  }

  async finish(summary: CallSummary): Promise<void> {
    const { callId } = summary;
    const tenure = this.#owned.tenureOf(callId);
    await this.#order.run(callId, async () => {
      const epoch = tenure?.epoch ?? null;
      const { closed, status } = await this.#finish(summary, { epoch, beat: null });
      if (tenure) this.#owned.lose(callId, tenure);
      if (!closed && status === 'live') throw new CallTakenOver(callId);
    });
  }

  /** Like `finish`, unless somebody has taken the call over, or its process has stirred, since it was found. */
  finishOrphan(orphan: Orphan, summary: CallSummary): Promise<boolean> {
    return this.#order.run(summary.callId, async () => (await this.#finish(summary, orphan)).closed);
  }

  /**
   * Keeps a call that was lived to its end elsewhere, with its log and the jobs it owes. Doing so again changes nothing;
   * rejects with CallTakenOver when the call is live here.
   */
  archive(call: ArchivedCall): Promise<void> {
    const { callId } = call.start;
    return this.#order.run(callId, async () => {
      const { closed, status } = await this.#finish(call.summary, { epoch: null, beat: null });
      if (!closed && status === 'live') throw new CallTakenOver(callId);
      await retell(this.database, call);
    });
  }

  /** Says that this store's calls are alive. Gives those that are not this store's any more. */
  async heartbeat(): Promise<string[]> {
    const before = this.#owned.written();
    const rows = await this.database.query<{ call_id: string }>(
      `with mine as (
         select call_id from aybiza.calls
         where status = 'live' and process = $1::jsonb and not released
           and call_id in (select jsonb_array_elements_text($2::jsonb))
         order by call_id for no key update
       )
       update aybiza.calls call set heartbeat_at = now() from mine where call.call_id = mine.call_id
       returning call.call_id`,
      [toJsonText(this.#opening), toJsonText([...before.keys()])],
    );
    const alive = new Set(rows.map(row => row.call_id));
    const lost = [...before].filter(
      ([callId, tenure]) =>
        !alive.has(callId) && !this.#leaving.has(callId) && this.#owned.tenureOf(callId) === tenure,
    );
    for (const [callId, tenure] of lost) {
      this.#owned.lose(callId, tenure);
      for (const tell of this.#whenLost) tell(callId);
    }
    return lost.map(([callId]) => callId);
  }

  /** Whether the call is this store's, by the records as they are once this has been asked. */
  async isOurs(callId: string): Promise<boolean> {
    const tenure = this.#owned.tenureOf(callId);
    if (tenure === null) return false;
    // As it is now: the answer may tell of the time before the beginning was written, and come after.
    const { epoch } = tenure;
    const [row] = await this.database.query<{ mine: boolean; epoch: number }>(
      `select status = 'live' and process = $2::jsonb and not released as mine, epoch
       from aybiza.calls where call_id = $1`,
      [toPlainText(callId), toJsonText(this.#opening)],
    );
    // One that is still to be begun is nobody else's unless somebody has begun it.
    const isOurs = row ? row.mine && row.epoch === (epoch ?? row.epoch) : epoch === null;
    if (!isOurs) this.#owned.lose(callId, tenure);
    return isOurs;
  }

  /** Counts the owners that the call has had, up to this store. Null for a call that is not its own, or not on record yet. */
  epochOf(callId: string): number | null {
    return this.#owned.tenureOf(callId)?.epoch ?? null;
  }

  /** Hears of every call that a heartbeat finds to be another node's. Returns how to stop. */
  onLost(listener: (callId: string) => void): () => void {
    this.#whenLost.add(listener);
    return () => this.#whenLost.delete(listener);
  }

  /**
   * Live calls that nobody runs and whose callers do not come back. A predecessor that still drains on this host keeps its
   * calls as long as it sends heartbeats.
   */
  async orphans({ node, olderThanMs, callersTimeMs }: OrphanQuery): Promise<Orphan[]> {
    const rows = await this.database.query(
      `select call_id, start, epoch, process, released, heartbeat_at, node = $1 as ours,
              extract(epoch from heartbeat_at)::text as beat,
              heartbeat_at < now() - $2::float8 * interval '1 millisecond' as silent
       from aybiza.calls
       where status = 'live'
         and (released or process <> $4::jsonb or not call_id in (select jsonb_array_elements_text($5::jsonb)))
         and heartbeat_at < now() - least($2::float8, $3::float8) * interval '1 millisecond'
       order by started_at`,
      [
        toPlainText(node),
        olderThanMs,
        callersTimeMs,
        toJsonText(this.#opening),
        toJsonText(this.#owned.ids()),
      ],
    );
    return rows
      .filter(
        ({ silent, released, ours, process }) =>
          silent || released || (ours && lookUpProcess(process as StoreOpening) === 'gone'),
      )
      .map(toOrphan);
  }

  /** Replaces the report, if any. Throws when there is no such call. */
  async saveReport(callId: string, report: CallReport): Promise<void> {
    const rows = await this.database.query(
      'update aybiza.calls set report = $2::jsonb where call_id = $1 returning call_id',
      [toPlainText(callId), toJsonText(report)],
    );
    if (rows.length === 0) throw new Error(`There is no record of the call ${callId} to keep a report with.`);
  }

  /** Resolves when every write asked for so far is done. */
  flush(): Promise<void> {
    return this.#order.drained();
  }

  async #finish(
    summary: CallSummary,
    known: { epoch: number | null; beat: string | null },
  ): Promise<{ closed: boolean; status: string | null }> {
    const { postCallJobs, finished } = this.#options;
    const end = await finishCall(this.database, this.#identity(summary), summary, known, postCallJobs);
    if (end.closed) finished?.(summary.callId);
    return end;
  }

  #identity({ callId, callSid, node }: CallStart): (string | null)[] {
    return [toPlainText(callId), toPlainText(callSid), this.#node(node), toJsonText(this.#opening)];
  }

  #node(fallback: string | null): string | null {
    const node = this.#options.node ?? fallback;
    return node === null ? null : toPlainText(node);
  }
}

async function onlyOne(callId: string, writing: Promise<Failures>): Promise<void> {
  const failures = await writing;
  if (failures.has(callId)) throw failures.get(callId);
}

/** The voice of a snapshot that was written for a move which is long past must not be heard again. */
function asClaimed(frozen: FrozenCall, released: boolean): FrozenCall {
  if (released || !frozen.line) return frozen;
  const { line: _, ...atRest } = frozen;
  return atRest;
}

function toIso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
