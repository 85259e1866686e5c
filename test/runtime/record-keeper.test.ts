import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../runtime/call.ts';
import { CallLog } from '../../runtime/call-log.ts';
import { SimulatedClock } from '../../runtime/clock.ts';
import {
  type CallStart,
  type CallSummary,
  CallTakenOver,
  type Failures,
  type Journal,
  type LogEntry,
} from '../../runtime/journal.ts';
import { RecordKeeper } from '../../runtime/record-keeper.ts';

const quietLog = { info() {}, warn() {}, error() {} };
const FLUSH_MS = 250;
const WRITE_MS = 20;

/** A journal whose writes take time and may fail, for everybody or for some. */
class TestJournal implements Journal {
  readonly clock: SimulatedClock;
  /** In order, what was written: `begin a`, `append a 1-3`, `snapshot a 3`, `finish a`. */
  readonly written: string[] = [];
  readonly logs = new Map<string, number[]>();
  batches = 0;
  isDown = false;
  readonly unwritable = new Set<string>();
  readonly elsewhere = new Set<string>();
  /** Of these it knows nothing yet. */
  readonly unbegun = new Set<string>();

  constructor(clock: SimulatedClock) {
    this.clock = clock;
  }

  begin({ callId }: CallStart): Promise<void> {
    return this.#one(callId, () => {
      this.unbegun.delete(callId);
      return `begin ${callId}`;
    });
  }

  append(callId: string, entries: readonly LogEntry[]): Promise<void> {
    return this.#one(callId, () => this.#note(callId, entries));
  }

  async appendAll(logs: ReadonlyMap<string, readonly LogEntry[]>): Promise<Failures> {
    this.batches++;
    return this.#all(logs, (callId, entries) => this.#note(callId, entries));
  }

  saveSnapshot(): Promise<void> {
    throw new Error('Snapshots are saved together.');
  }

  saveSnapshots(frozen: ReadonlyMap<string, unknown>): Promise<Failures> {
    return this.#all(frozen, (callId, value) => `snapshot ${callId} ${(value as { seq: number }).seq}`);
  }

  async release(): Promise<void> {}

  finish({ callId }: CallSummary): Promise<void> {
    return this.#one(callId, `finish ${callId}`);
  }

  #note(callId: string, entries: readonly LogEntry[]): string {
    const log = this.logs.get(callId) ?? [];
    this.logs.set(callId, log);
    for (const { seq } of entries) if (!log.includes(seq)) log.push(seq);
    return `append ${callId} ${entries.map(({ seq }) => seq).join()}`;
  }

  async #one(callId: string, what: string | (() => string)): Promise<void> {
    await this.#pause();
    const failure = this.#failureOf(callId);
    if (failure) throw failure;
    this.written.push(typeof what === 'string' ? what : what());
  }

  async #all<T>(of: ReadonlyMap<string, T>, write: (callId: string, value: T) => string): Promise<Failures> {
    await this.#pause();
    const failures = new Map<string, Error>();
    for (const [callId, value] of of) {
      const failure = this.unbegun.has(callId) ? new CallTakenOver(callId) : this.#failureOf(callId);
      if (failure) failures.set(callId, failure);
      else this.written.push(write(callId, value));
    }
    return failures;
  }

  #pause(): Promise<void> {
    return new Promise<void>(resolve => this.clock.setTimeout(resolve, WRITE_MS)).then(() => {
      if (this.isDown) throw new Error('the database is down');
    });
  }

  #failureOf(callId: string): Error | null {
    if (this.elsewhere.has(callId)) return new CallTakenOver(callId);
    return this.unwritable.has(callId) ? new Error('a row that no table takes') : null;
  }
}

function open() {
  const clock = new SimulatedClock();
  const journal = new TestJournal(clock);
  const lost: string[] = [];
  const keeper = new RecordKeeper(journal, clock, quietLog, callId => lost.push(callId));
  return { clock, journal, keeper, lost };
}

/** As much of a call as its record needs. */
function fakeCall(clock: SimulatedClock, callId: string): Call {
  const log = new CallLog(clock);
  return { start: { callId }, log, freeze: () => ({ seq: log.seq }) } as unknown as Call;
}

function summaryOf(call: Call): CallSummary {
  return { callId: call.start.callId } as CallSummary;
}

const said = (utterance: number) =>
  ({ type: 'caller.finished', utterance, text: 'yes', confidence: 1, by: 'voice' }) as const;

describe('the keeper of records', () => {
  it('writes all calls’ logs together, and a snapshot when a turn opens and when it was heard', async () => {
    const { clock, journal, keeper } = open();
    const calls = ['a', 'b', 'c'].map(callId => fakeCall(clock, callId));
    for (const call of calls) keeper.keep(call, true);
    for (const call of calls) call.log.event({ type: 'caller.spoke' });
    calls[1]!.log.note({ type: 'turn.opened', turn: 1, purpose: 'greeting', utterances: [] });
    await clock.advance(FLUSH_MS + 2 * WRITE_MS);
    expect(journal.batches).toBe(1);
    expect(journal.written).toEqual(['append a 1', 'append b 1,2', 'append c 1', 'snapshot b 2']);

    calls[1]!.log.note({ type: 'turn.heard', turn: 1, bytes: 8, text: 'hi', interrupted: false });
    await clock.advance(FLUSH_MS + 2 * WRITE_MS);
    expect(journal.written.slice(4)).toEqual(['append b 3', 'snapshot b 3']);
  });

  it.each([
    ['a line that is lost', { type: 'line.lost', reason: 'gone' }],
    ['what the caller has said', said(1)],
    ['what came of tools', { type: 'tools.finished', turn: 1, results: [] }],
    ['a call that is handed over', { type: 'placement.handOff' }],
  ] as const)('writes %s at once, with what came of it in the same breath', async (_, event) => {
    const { clock, journal, keeper } = open();
    const call = fakeCall(clock, 'a');
    keeper.keep(call, true);
    call.log.event(event);
    call.log.note({ type: 'turn.opened', turn: 1, purpose: 'answer', utterances: [1] });
    await clock.advance(2 * WRITE_MS);
    expect(journal.written).toEqual(['append a 1,2']);
    await clock.advance(FLUSH_MS);
    expect(journal.written).toEqual(['append a 1,2', 'snapshot a 2']);
  });

  it('writes what came up at once during a batch as soon as that is done', async () => {
    const { clock, journal, keeper } = open();
    const call = fakeCall(clock, 'a');
    keeper.keep(call, true);
    call.log.event(said(1));
    await clock.advance(WRITE_MS / 2);
    call.log.event(said(2));
    await clock.advance(WRITE_MS / 2 + WRITE_MS);
    expect(journal.written).toEqual(['append a 1', 'append a 2']);
  });

  it('says that the records know of a call once its beginning is written, and not before', async () => {
    const { clock, journal, keeper } = open();
    const [begun, known] = ['a', 'b'].map(callId => fakeCall(clock, callId)) as [Call, Call];
    journal.isDown = true;
    keeper.keep(begun, false);
    keeper.keep(known, true);
    await clock.advance(1_000);
    expect(['a', 'b', 'c'].map(callId => keeper.hasBegun(callId))).toEqual([false, true, false]);
    journal.isDown = false;
    await clock.advance(5_000);
    expect(keeper.hasBegun('a')).toBe(true);
  });

  it('writes nothing twice of a call that ends during a batch', async () => {
    const { clock, journal, keeper } = open();
    const call = fakeCall(clock, 'a');
    keeper.keep(call, true);
    call.log.event(said(1));
    await clock.advance(WRITE_MS / 2);
    keeper.finish(call, summaryOf(call));
    await clock.advance(WRITE_MS * 3);
    expect(journal.written).toEqual(['append a 1', 'finish a']);
  });

  it('lets no call wait for one whose entry cannot be written', async () => {
    const { clock, journal, keeper } = open();
    const [bad, good] = [fakeCall(clock, 'bad'), fakeCall(clock, 'good')];
    keeper.keep(bad, true);
    keeper.keep(good, true);
    journal.unwritable.add('bad');
    for (let n = 1; n <= 3; n++) {
      bad.log.event(said(n));
      good.log.event(said(n));
      await clock.advance(FLUSH_MS);
    }
    expect(journal.logs.get('good')).toEqual([1, 2, 3]);

    journal.unwritable.clear();
    await clock.advance(30_000);
    expect(journal.logs.get('bad')).toEqual([1, 2, 3]);
  });

  it('writes nothing more about a call that another node has, and says so once', async () => {
    const { clock, journal, keeper, lost } = open();
    const [moved, here] = [fakeCall(clock, 'moved'), fakeCall(clock, 'here')];
    keeper.keep(moved, true);
    keeper.keep(here, true);
    journal.elsewhere.add('moved');
    for (let n = 1; n <= 3; n++) {
      moved.log.event(said(n));
      here.log.event(said(n));
      await clock.advance(FLUSH_MS);
    }
    keeper.finish(moved, summaryOf(moved));
    await keeper.settled();
    expect(lost).toEqual(['moved']);
    expect(journal.logs).toEqual(new Map([['here', [1, 2, 3]]]));
  });

  it('gives what is not surely written of a call that is let go, a batch under way included', async () => {
    const { clock, journal, keeper } = open();
    const call = fakeCall(clock, 'a');
    keeper.keep(call, true);
    call.log.event(said(1));
    await clock.advance(FLUSH_MS);
    call.log.event(said(2));
    await clock.advance(WRITE_MS / 2);
    call.log.event({ type: 'caller.spoke' });
    expect(keeper.letGo('a').map(({ seq }) => seq)).toEqual([2, 3]);
    await clock.advance(10_000);
    expect(journal.logs.get('a')).toEqual([1, 2]);
    expect(keeper.letGo('a')).toEqual([]);
  });

  it('writes nothing about a call that was let go before its beginning could be written', async () => {
    const { clock, journal, keeper } = open();
    const call = fakeCall(clock, 'a');
    journal.isDown = true;
    keeper.keep(call, false);
    call.log.event(said(1));
    await clock.advance(FLUSH_MS);
    expect(keeper.letGo('a').map(({ seq }) => seq)).toEqual([1]);
    journal.isDown = false;
    await clock.advance(60_000);
    expect(journal.written).toEqual([]);
  });

  it('writes the log that a call brings along from elsewhere, after its beginning', async () => {
    const { clock, journal, keeper } = open();
    const call = fakeCall(clock, 'a');
    const inherited: LogEntry[] = [1, 2].map(seq => ({ seq, atMs: seq, kind: 'timer', timer: seq }));
    keeper.keep(call, false, inherited);
    await clock.advance(2 * FLUSH_MS);
    expect(journal.written).toEqual(['begin a', 'append a 1,2', 'snapshot a 0']);
  });

  it('has every call’s log whole and in order before its end, whatever fails and when', async () => {
    const act = fc.oneof(
      fc.record({ do: fc.constant('log' as const), call: fc.nat(2), isUrgent: fc.boolean() }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.nat(600) }),
      fc.record({ do: fc.constant('down' as const), is: fc.boolean() }),
      fc.record({ do: fc.constant('unwritable' as const), call: fc.nat(2), is: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40 }), async acts => {
        const { clock, journal, keeper } = open();
        const calls = ['0', '1', '2'].map(callId => fakeCall(clock, callId));
        for (const call of calls) {
          journal.unbegun.add(call.start.callId);
          keeper.keep(call, false);
        }
        for (const one of acts) {
          if (one.do === 'pass') await clock.advance(one.ms);
          if (one.do === 'down') journal.isDown = one.is;
          if (one.do === 'unwritable') journal.unwritable[one.is ? 'add' : 'delete'](String(one.call));
          if (one.do === 'log') calls[one.call]!.log.event(one.isUrgent ? said(1) : { type: 'caller.spoke' });
        }
        for (const call of calls) keeper.finish(call, summaryOf(call));
        await clock.advance(600);
        journal.isDown = false;
        journal.unwritable.clear();
        await clock.advance(120_000);
        await keeper.settled();

        expect(clock.pending).toBe(0);
        for (const { start, log } of calls) {
          const of = journal.written.filter(line => line.split(' ')[1] === start.callId);
          expect(journal.logs.get(start.callId) ?? []).toEqual(
            Array.from({ length: log.seq }, (_, n) => n + 1),
          );
          expect(of.at(0)).toBe(`begin ${start.callId}`);
          expect(of.at(-1)).toBe(`finish ${start.callId}`);
          expect(of.filter(line => line.startsWith('finish'))).toHaveLength(1);
        }
      }),
    );
  });
});
