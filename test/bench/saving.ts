import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call } from '../../runtime/call.ts';
import { CallLog } from '../../runtime/call-log.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { CallStart, Journal, LogEntry } from '../../runtime/journal.ts';
import { RecordKeeper } from '../../runtime/record-keeper.ts';
import { isTurnBoundary } from '../../runtime/saving-rules.ts';
import type { CallStore } from '../../src/storage/call-store.ts';
import { openStorage } from '../../src/storage/open.ts';
import { hasPostgres, startPostgres } from '../harness/private-postgres.ts';
import { callStart, quietLog, SimCall } from '../harness/sim-call.ts';
import type { Bench } from './bench.ts';
import { pass } from './stage.ts';
import { TotalsJournal } from './totals-journal.ts';

/** Of the thousand calls that the benches have by default. */
const SHARE = 0.5;
const TURNS = 8;
const TURN_EVERY_MS = 8_000;
const LIVED = 5;
const FREEZES = 400;
const STEP_MS = 20;
const SETTLE_S = 2;
const MAX_SNAPSHOT_BYTES = 4_096;
const MAX_CORE_PERCENT = 1;

const SAYINGS = ['one zero two four.', 'yes.', 'opening hours.', 'delivery times.', 'help.', 'repeat that.'];

/** A call as it was lived: what it logged, and how it was written down at each boundary of a turn. */
interface Lived {
  entries: readonly LogEntry[];
  /** By the sequence number of the boundary. */
  snapshots: ReadonlyMap<number, unknown>;
  lengthMs: number;
}

interface Spent {
  /** Of a core, by this process, which does not count what the database does. */
  core: number;
  snapshots: number;
  entries: number;
}

/** What writing calls down costs the thread that carries their audio. */
export const saving: Bench = {
  name: 'saving',
  title: 'What it costs to write calls down while they run, a turn every 8 s in each',
  async run({ calls: all, seconds, onProgress }) {
    const calls = Math.ceil(all * SHARE);
    onProgress(`saving: living ${LIVED} calls of ${TURNS} turns`);
    const freezesUs: number[] = [];
    const lived: Lived[] = [];
    for (let at = 0; at < LIVED; at++) lived.push(await live(at, freezesUs));
    const freezeUs = quantile(freezesUs, 0.5);
    const sizes = lived.flatMap(({ snapshots }) =>
      [...snapshots.values()].map(frozen => Buffer.byteLength(JSON.stringify(frozen))),
    );

    const place = await openPlace();
    try {
      const { store } = place;
      const measure = (journal: Journal, what: string) => {
        onProgress(`saving: ${calls} calls with ${what}`);
        return saveAll(journal, lived, calls, seconds);
      };
      const nothing = await measure(new TotalsJournal(), 'a journal that does nothing');
      const logs = await measure(withoutSnapshots(store), 'their logs');
      const both = await measure(store, 'their logs and snapshots');

      const perSecond = both.snapshots / seconds;
      const writing = Math.max(0, both.core - logs.core);
      const freezing = (freezeUs * perSecond) / 1e6;
      const on = `${calls} calls, ${place.name}`;
      return {
        figures: [
          {
            name: 'core used by snapshots',
            value: 100 * (writing + freezing),
            unit: '%',
            target: MAX_CORE_PERCENT,
            note: `${on}; ${perSecond.toFixed(0)} a second; ${(100 * freezing).toFixed(2)} % of it freezing`,
          },
          {
            name: 'core used by log writes',
            value: 100 * Math.max(0, logs.core - nothing.core),
            unit: '%',
            note: `${on}; ${(logs.entries / seconds).toFixed(0)} entries a second`,
          },
          {
            name: 'core used by the same calls with a journal that does nothing',
            value: 100 * nothing.core,
            unit: '%',
            note: 'the bench itself; no audio',
          },
          { name: 'freezing a call p50', value: freezeUs, unit: 'µs' },
          {
            name: 'snapshot p99',
            value: quantile(sizes, 0.99),
            unit: 'bytes',
            target: MAX_SNAPSHOT_BYTES,
            note: `median ${quantile(sizes, 0.5).toFixed(0)}`,
          },
        ],
        profiles: {},
      };
    } finally {
      await place.close();
    }
  },
};

async function live(at: number, freezesUs: number[]): Promise<Lived> {
  const snapshots = new Map<number, unknown>();
  const sim = new SimCall({
    host: {
      onCall: call =>
        call.log.listen(entry => {
          if (isTurnBoundary(entry)) queueMicrotask(() => snapshots.set(entry.seq, call.freeze()));
        }),
    },
  });
  await sim.untilListening();
  for (let turn = 0; turn < TURNS && !sim.hasEnded; turn++)
    await sim.converse(SAYINGS[(at + turn) % SAYINGS.length] as string);
  const lengthMs = sim.call.log.nowMs;
  const startedMs = systemClock.now();
  for (let time = 0; time < FREEZES; time++) sim.call.freeze();
  freezesUs.push((1_000 * (systemClock.now() - startedMs)) / FREEZES);
  const entries = [...sim.journal.entries, ...sim.call.log.pending];
  sim.carrier.hangUp();
  await sim.over();
  return { entries, snapshots, lengthMs };
}

/** Lets `calls` copies of the lived calls go on at once, in real time, and counts what keeping them takes. */
async function saveAll(
  journal: Journal,
  lived: readonly Lived[],
  calls: number,
  seconds: number,
): Promise<Spent> {
  const keeper = new RecordKeeper(journal, systemClock, quietLog);
  const spent = { core: 0, snapshots: 0, entries: 0 };
  const copies = Array.from(
    { length: calls },
    (_, at) => new Copy(lived[at % lived.length] as Lived, at, () => spent.snapshots++),
  );
  for (const { call } of copies) keeper.keep(call, false);
  const timer = setInterval(() => {
    for (const copy of copies) spent.entries += copy.goOn();
  }, STEP_MS);

  await pass(SETTLE_S);
  Object.assign(spent, { snapshots: 0, entries: 0 });
  const before = process.cpuUsage();
  const startedMs = systemClock.now();
  await pass(seconds);
  const { user, system } = process.cpuUsage(before);
  spent.core = (user + system) / 1_000 / (systemClock.now() - startedMs);
  const counted = { ...spent };

  clearInterval(timer);
  for (const { call } of copies) keeper.letGo(call.start.callId);
  return counted;
}

/** A lived call once more, its turns 8 s apart, over and over: as much of a call as its keeper needs. */
class Copy {
  readonly call: Call;
  readonly #lived: Lived;
  readonly #log: CallLog;
  /** How much faster than real time it was lived, pauses of a caller left out. */
  readonly #pace: number;
  readonly #startedMs: number;
  #next = 0;
  #rounds = 0;
  #latest: unknown = null;

  constructor(lived: Lived, at: number, onFreeze: () => void) {
    this.#lived = lived;
    this.#log = new CallLog(systemClock);
    this.#pace = (TURNS * TURN_EVERY_MS) / lived.lengthMs;
    // Not all in the same part of their turn.
    this.#startedMs = systemClock.now() - ((at * 997) % (TURNS * TURN_EVERY_MS));
    const start: CallStart = callStart({ callId: `saved-${crypto.randomUUID()}`, callSid: `CA${at}` });
    const freeze = () => {
      onFreeze();
      return { ...(this.#latest as object), seq: this.#log.seq };
    };
    this.call = { start, log: this.#log, freeze } as unknown as Call;
  }

  /** Logs what is due. Returns how many entries that was. */
  goOn(): number {
    const { entries, snapshots, lengthMs } = this.#lived;
    const nowMs = (systemClock.now() - this.#startedMs) / this.#pace;
    let logged = 0;
    for (;;) {
      const entry = entries[this.#next];
      if (!entry) {
        this.#next = 0;
        this.#rounds++;
        continue;
      }
      if (this.#rounds * lengthMs + entry.atMs > nowMs) return logged;
      this.#next++;
      logged++;
      this.#latest = snapshots.get(entry.seq) ?? this.#latest;
      if (entry.kind === 'event') this.#log.event(entry.event);
      else if (entry.kind === 'timer') this.#log.timer(entry.timer);
      else this.#log.note(entry.note);
    }
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

function withoutSnapshots(store: CallStore): Journal {
  const nothing = new TotalsJournal();
  return {
    begin: start => store.begin(start),
    append: (callId, entries) => store.append(callId, entries),
    appendAll: logs => store.appendAll(logs),
    saveSnapshot: () => nothing.saveSnapshot(),
    saveSnapshots: async () => new Map(),
    release: () => nothing.release(),
    finish: () => nothing.finish(),
  };
}

/** PostgreSQL, whose work is another process's; without one PGlite, whose thread counts as ours. */
async function openPlace(): Promise<{ store: CallStore; name: string; close(): Promise<void> }> {
  const postgres = hasPostgres ? await startPostgres() : null;
  const dataDir = mkdtempSync(join(tmpdir(), 'aybiza-saving-'));
  const storage = await openStorage({
    ...(postgres && { databaseUrl: postgres.url }),
    dataDir,
    node: 'saving',
    clock: systemClock,
    log: quietLog,
    jobs: [],
  });
  return {
    store: storage.store,
    name: postgres ? 'PostgreSQL' : 'PGlite, its thread included',
    async close() {
      await storage.close();
      await postgres?.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
