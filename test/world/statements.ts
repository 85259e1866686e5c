import type { Row } from '../../src/storage/database.ts';
import type { CallRow, Records } from './records.ts';

/** What a statement does to the records. Parameters are as the driver is given them; `nowMs` is the database's clock. */
type Statement = (records: Records, params: readonly unknown[], nowMs: number) => Row[];

interface Item {
  callId: string;
  epoch: number;
  value: unknown;
}

/**
 * The statements of src/storage by what tells each from all others, and what they mean. The first that fits counts.
 * test/world/records.test.ts holds them against PGlite.
 */
export const statements: readonly (readonly [fits: RegExp, run: Statement])[] = [
  [/^select 1$/, () => [{ '?column?': 1 }]],
  [/^insert into aybiza\.calls as call[\s\S]*returning epoch$/, begin],
  [/^with found as/, claim],
  [/with given as[\s\S]*insert into aybiza\.call_events/, append],
  [/with given as[\s\S]*insert into aybiza\.call_snapshots/, saveSnapshots],
  [/^with released as/, release],
  [/^with closed as/, finish],
  [/^with adopted as/, adopt],
  [/^with known as/, retell],
  [/^with mine as/, heartbeat],
  [/^select call_id, start, epoch, process, released/, orphans],
  [/^select call_id, start, epoch, heartbeat_at/, peek],
  [/^select call_id from aybiza\.calls\s+where status = 'live' and released/, unclaimed],
  [/handed_over as/, beginTool],
  [/ended as \(\s*update aybiza\.tool_runs/, endTool],
  [/^select status = 'live' and process/, isMine],
  [
    /^select from aybiza\.calls where call_id/,
    (records, [id]) => (records.calls.has(id as string) ? [{}] : []),
  ],
  [
    /^select \(select jsonb_agg\(entry/,
    (records, [id]) => [
      {
        entries: logOf(records, id as string, 0),
        frozen: records.snapshots.get(id as string)?.frozen ?? null,
      },
    ],
  ],
  [
    /^select entry from aybiza\.call_events/,
    (records, [id, after]) => logOf(records, id as string, after as number).map(entry => ({ entry })),
  ],
  [
    /^select seq, frozen from aybiza\.call_snapshots/,
    (records, [id]) => listed(records.snapshots.get(id as string)),
  ],
  [/from aybiza\.calls where call_sid = \$1/, (records, [sid]) => listed(records.find(sid as string))],
  [/from aybiza\.calls where call_id = \$1/, (records, [id]) => listed(records.calls.get(id as string))],
  [/^insert into aybiza\.nodes/, register],
  [/^update aybiza\.nodes/, beatOfNode],
  [/^delete from aybiza\.nodes/, leave],
  [/join aybiza\.nodes/, ownerOf],
  [/from aybiza\.nodes/, peers],
];

function begin(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [callId, callSid, node, process, startedAt, start] = params as string[];
  const row = records.calls.get(callId!);
  if (!row) {
    const begun = newRow({ callId, callSid, node, process, startedAt, start }, nowMs);
    records.add(begun);
    return [{ epoch: begun.epoch }];
  }
  const isAgain = row.process.opening === JSON.parse(process!).opening && !row.released;
  if (row.status !== 'live' || !(isAgain || records.flaws.has('epochsIgnored'))) return [];
  row.heartbeat_at = nowMs;
  return [{ epoch: row.epoch }];
}

function claim(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [id, node, process, owned] = params as [string, string | null, string, string];
  const row = records.find(id);
  if (row?.status !== 'live') return [];
  const { opening } = JSON.parse(process);
  if (!row.released && row.process.opening === opening && JSON.parse(owned).includes(row.call_id)) return [];
  const { released } = row;
  Object.assign(row, {
    node: node ?? row.node,
    process: JSON.parse(process),
    heartbeat_at: nowMs,
    epoch: row.epoch + 1,
    released: false,
  });
  return [{ call_id: row.call_id, start: row.start, epoch: row.epoch, released }];
}

function peek(records: Records, [sid]: readonly unknown[]): Row[] {
  const row = records.find(sid as string);
  return row?.status === 'live'
    ? [{ ...row, heartbeat_at: new Date(row.heartbeat_at), beat: beatOf(row) }]
    : [];
}

function isMine(records: Records, [id, process]: readonly unknown[]): Row[] {
  const row = records.calls.get(id as string);
  if (!row) return [];
  const isHere = isOf(records, row, JSON.parse(process as string).opening) && !row.released;
  return [{ mine: row.status === 'live' && isHere, epoch: row.epoch }];
}

function unclaimed(records: Records, [ids]: readonly unknown[]): Row[] {
  const wanted = new Set(JSON.parse(ids as string));
  return liveRows(records)
    .filter(row => row.released && wanted.has(row.call_id))
    .map(({ call_id }) => ({ call_id }));
}

function append(records: Records, [items]: readonly unknown[]): Row[] {
  return ownedItems(records, items).map(({ callId, value }) => {
    addEntries(records, callId, value as Row[]);
    return { call_id: callId };
  });
}

function saveSnapshots(records: Records, [items]: readonly unknown[]): Row[] {
  return ownedItems(records, items).map(({ callId, value }) => {
    keepSnapshot(records, callId, value as Row);
    return { call_id: callId };
  });
}

function release(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [callId, epoch, frozen] = params as [string, number, string];
  const row = records.owned(callId, epoch);
  if (!row) return [{ released: 0 }];
  row.released = true;
  row.heartbeat_at = nowMs;
  keepSnapshot(records, callId, JSON.parse(frozen));
  return [{ released: 1 }];
}

function finish(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [callId, callSid, node, process, startedAt, start, endedAt, outcome, summary, epoch, beat, , jobs] =
    params as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      number | null,
      string | null,
      string,
      string,
    ];
  const row = records.calls.get(callId);
  const mayClose =
    !row ||
    records.flaws.has('recordsReopen') ||
    (records.owned(callId, epoch) === row && (beat === null || beat === beatOf(row)));
  if (!mayClose) return [{ closed: 0, status: row.status }];
  const closed = row ?? newRow({ callId, callSid, node, process, startedAt, start }, nowMs);
  Object.assign(closed, {
    status: 'ended',
    ended_at: new Date(endedAt),
    outcome,
    summary: JSON.parse(summary),
  });
  if (!row) records.add(closed);
  records.live.delete(callId);
  records.closings.set(callId, (records.closings.get(callId) ?? 0) + 1);
  for (const job of JSON.parse(jobs)) records.outbox.add(`${callId} ${job}`);
  // A statement sees the tables as they were when it began.
  return [{ closed: 1, status: row ? 'live' : null }];
}

function adopt(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [callId, callSid, node, process, startedAt, start, epoch, entries, frozen] = params as [
    ...[string, string, string, string, string, string],
    number | null,
    string,
    string,
  ];
  const found = records.calls.get(callId);
  if (found && (found.status !== 'live' || found.epoch !== epoch)) return [{ adopted: 0 }];
  const row = found ?? newRow({ callId, callSid, node, process, startedAt, start }, nowMs);
  Object.assign(row, { heartbeat_at: nowMs, released: true, epoch: found ? found.epoch + 1 : 1 });
  if (!found) records.add(row);
  records.events.delete(callId);
  addEntries(records, callId, JSON.parse(entries));
  keepSnapshot(records, callId, JSON.parse(frozen));
  return [{ adopted: 1 }];
}

function retell(records: Records, params: readonly unknown[]): Row[] {
  const [callId, endedAt, outcome, summary, entries, utterances, count] = params as [
    ...[string, string, string, string, string],
    number,
    number,
  ];
  const row = records.calls.get(callId);
  const known = logOf(records, callId, 0);
  const heard = known.filter(({ event }) => (event as Row | undefined)?.type === 'caller.finished').length;
  const knowsMore =
    heard < utterances ||
    (heard === utterances &&
      ((row?.outcome === 'interrupted' && outcome !== 'interrupted') || known.length < count));
  if (row?.status !== 'ended' || !knowsMore) return [{ retold: 0 }];
  Object.assign(row, { ended_at: new Date(endedAt), outcome, summary: JSON.parse(summary) });
  records.events.delete(callId);
  addEntries(records, callId, JSON.parse(entries));
  return [{ retold: 1 }];
}

function heartbeat(records: Records, [process, owned]: readonly unknown[], nowMs: number): Row[] {
  const { opening } = JSON.parse(process as string);
  const kept = new Set(JSON.parse(owned as string));
  const mine = liveRows(records).filter(
    row => isOf(records, row, opening) && !row.released && kept.has(row.call_id),
  );
  for (const row of mine) row.heartbeat_at = nowMs;
  return mine.map(({ call_id }) => ({ call_id }));
}

function orphans(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [node, olderThanMs, callersTimeMs, process, owned] = params as [
    string,
    number,
    number,
    string,
    string,
  ];
  const kept = new Set(JSON.parse(owned));
  const { opening } = JSON.parse(process);
  if (records.flaws.has('orphansHidden')) return [];
  return liveRows(records)
    .filter(row => row.released || row.process.opening !== opening || !kept.has(row.call_id))
    .filter(row => row.heartbeat_at < nowMs - Math.min(olderThanMs, callersTimeMs))
    .sort((a, b) => a.started_at.getTime() - b.started_at.getTime())
    .map(row => ({
      ...row,
      heartbeat_at: new Date(row.heartbeat_at),
      ours: row.node === node,
      beat: beatOf(row),
      silent: row.heartbeat_at < nowMs - olderThanMs,
    }));
}

function beginTool(records: Records, params: readonly unknown[]): Row[] {
  const [callId, epoch, id, name, input, told] = params as [string, number, string, string, string, string];
  if (!records.owned(callId, epoch)) return [{ owned: 0, earlier: 0, result: null }];
  const runs = records.toolRuns.get(callId) ?? [];
  records.toolRuns.set(callId, runs);
  const wanted = canonical(JSON.parse(input));
  const known = new Set(JSON.parse(told) as string[]);
  const [earlier] = runs
    .filter(run => run.name === name && run.input === wanted && !known.has(run.id))
    .sort((a, b) => a.began - b.began);
  if (earlier && !records.flaws.has('ledgerForgets')) {
    earlier.id = id;
    return [{ owned: 1, earlier: 1, result: earlier.result }];
  }
  const began = Math.max(0, ...runs.map(run => run.began)) + 1;
  const same = runs.find(run => run.id === id);
  if (same) Object.assign(same, { name, input: wanted, began, result: null });
  else runs.push({ id, name, input: wanted, began, result: null });
  return [{ owned: 1, earlier: 0, result: null }];
}

function endTool(records: Records, params: readonly unknown[]): Row[] {
  const [callId, epoch, id, result] = params as [string, number, string, string];
  if (!records.owned(callId, epoch)) return [{ owned: 0 }];
  const run = records.toolRuns.get(callId)?.find(each => each.id === id);
  if (run) run.result = JSON.parse(result);
  return [{ owned: 1 }];
}

function register(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [node, opening, url, region, calls] = params as [string, string, string, string, number];
  records.nodes.set(node, { node, opening, url, region, calls, draining: false, heartbeat_at: nowMs });
  return [];
}

function beatOfNode(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [node, opening, calls, draining] = params as [string, string, number, boolean];
  const row = records.nodes.get(node);
  if (row?.opening === opening) Object.assign(row, { heartbeat_at: nowMs, calls, draining });
  return [];
}

function leave(records: Records, [node, opening]: readonly unknown[]): Row[] {
  if (records.nodes.get(node as string)?.opening === opening) records.nodes.delete(node as string);
  return [];
}

function peers(records: Records, params: readonly unknown[], nowMs: number): Row[] {
  const [opening, region, aliveMs] = params as [string, string, number];
  return [...records.nodes.values()]
    .filter(row => row.opening !== opening && !row.draining && row.heartbeat_at > nowMs - aliveMs)
    .sort(
      (a, b) =>
        Number(a.region !== region) - Number(b.region !== region) ||
        a.calls - b.calls ||
        (a.node < b.node ? -1 : 1),
    )
    .map(({ node, url, region: place, calls }) => ({ node, url, region: place, calls }));
}

function ownerOf(records: Records, params: readonly unknown[]): Row[] {
  const [opening, callSid] = params as [string, string];
  const call = records.find(callSid);
  if (call?.status !== 'live' || call.released) return [];
  const row = [...records.nodes.values()].find(node => node.opening === call.process.opening);
  if (!row || row.opening === opening) return [];
  const { node, url, region, calls } = row;
  return [{ node, url, region, calls }];
}

function newRow(
  given: Record<'callId' | 'callSid' | 'node' | 'process' | 'startedAt' | 'start', string | undefined>,
  nowMs: number,
): CallRow {
  return {
    call_id: given.callId!,
    call_sid: given.callSid!,
    node: given.node!,
    process: JSON.parse(given.process!),
    status: 'live',
    started_at: new Date(given.startedAt!),
    ended_at: null,
    heartbeat_at: nowMs,
    epoch: 1,
    released: false,
    outcome: null,
    start: JSON.parse(given.start!),
    summary: null,
    report: null,
  };
}

function ownedItems(records: Records, items: unknown): Item[] {
  const given = JSON.parse(items as string) as Item[];
  return given.filter(({ callId, epoch }) => records.owned(callId, epoch));
}

function addEntries(records: Records, callId: string, entries: readonly Row[]): void {
  const log = records.logOf(callId);
  const kept = records.flaws.has('entriesVanish')
    ? entries.filter(({ seq }) => (seq as number) % 29 > 0)
    : entries;
  for (const entry of kept) if (!log.has(entry.seq as number)) log.set(entry.seq as number, entry);
}

function keepSnapshot(records: Records, callId: string, frozen: Row): void {
  records.snapshots.set(callId, { seq: (frozen.seq as number) ?? -1, frozen });
}

function logOf(records: Records, callId: string, after: number): Row[] {
  const log = records.events.get(callId) ?? new Map<number, Row>();
  const entries = [...log]
    .filter(([seq]) => seq > after)
    .sort(([one], [other]) => one - other)
    .map(([, entry]) => entry);
  const isLive = records.live.has(callId);
  if (!records.flaws.has('tailLost') || !isLive) return entries;
  const upTo = records.snapshots.get(callId)?.seq ?? 0;
  return entries.filter(({ seq }) => (seq as number) <= upTo);
}

function liveRows(records: Records): CallRow[] {
  return [...records.live].map(callId => records.calls.get(callId) as CallRow);
}

function beatOf({ heartbeat_at }: CallRow): string {
  return String(heartbeat_at);
}

function isOf({ flaws }: Records, { process }: CallRow, opening: string): boolean {
  return process.opening === opening || flaws.has('epochsIgnored');
}

function listed(row: object | undefined): Row[] {
  return row ? [{ ...row }] : [];
}

/** As `jsonb` compares: the order of keys tells nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}
