import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrozenCall } from '../../../runtime/frozen-call.ts';
import { CallTakenOver, type LogEntry } from '../../../runtime/journal.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { backends } from './backends.ts';
import { openedStorage } from './opened-storage.ts';
import { heard, sampleStart, sampleSummary } from './sample-calls.ts';

for (const backend of backends.filter(({ name }) => name !== 'Redis')) {
  describe.skipIf(backend.absent)(`calls that move, on ${backend.name}`, () => {
    const storage = openedStorage(backend);

    const nodeStore = (node: string) =>
      new CallStore(storage.database, { node, postCallJobs: ['told-once'] });

    it('gives the claiming node everything that was written, and refuses whatever the other writes after that', async () => {
      const [a, b] = [nodeStore('node-a'), nodeStore('node-b')];
      const start = sampleStart();
      const { callId } = start;
      await a.begin(start);
      await a.append(callId, [heard(1, 'hello')]);
      await a.saveSnapshot(callId, frozenAt(1));
      await a.append(callId, [heard(2, 'are you there')]);

      expect(await b.claim(start.callSid)).toEqual({
        start,
        frozen: frozenAt(1),
        entries: [heard(1, 'hello'), heard(2, 'are you there')],
      });
      const attempts = [
        a.append(callId, [heard(3, 'too late')]),
        a.saveSnapshot(callId, frozenAt(3)),
        a.release(callId, frozenAt(3)),
        a.finish(sampleSummary(start)),
        a.tools.begin(callId, { id: 't', name: 'book', input: {} }, []),
        a.tools.end(callId, { id: 't', name: 'book', result: {}, error: null }),
      ];
      for (const { status, reason } of (await Promise.allSettled(attempts)) as PromiseRejectedResult[])
        expect([status, reason]).toEqual(['rejected', expect.any(CallTakenOver)]);

      await b.append(callId, [heard(3, 'welcome back')]);
      expect(await b.events(callId)).toEqual([1, 2, 3].map(seq => heard(seq, TEXTS[seq] as string)));
      expect(await b.get(callId)).toMatchObject({ node: 'node-b', status: 'live' });
    });

    it('tells a node by its heartbeat which of its calls another has taken', async () => {
      const [a, b] = [nodeStore('node-a'), nodeStore('node-b')];
      const [kept, taken] = [sampleStart(), sampleStart()];
      await a.begin(kept);
      await a.begin(taken);
      await b.claim(taken.callId);
      const told: string[] = [];
      a.onLost(callId => told.push(callId));

      expect(await a.heartbeat()).toEqual([taken.callId]);
      expect(told).toEqual([taken.callId]);
      expect(await a.heartbeat()).toEqual([]);
      expect(await b.heartbeat()).toEqual([]);
    });

    it('gives the voice in mid-air to who claims a call that was let go, and not after a crash since', async () => {
      const [a, b, c] = [nodeStore('node-a'), nodeStore('node-b'), nodeStore('node-c')];
      const start = sampleStart();
      const frozen = { ...frozenAt(4), line: { turn: 2 } };
      await a.begin(start);
      await a.release(start.callId, frozen);
      expect(await b.claim(start.callSid)).toMatchObject({ frozen });
      expect((await c.claim(start.callSid))?.frozen).toEqual(frozenAt(4));
    });

    it('has exactly one owner however many claim a call at the same time', async () => {
      const start = sampleStart();
      const nodes = Array.from({ length: 5 }, (_, n) => nodeStore(`node-${n}`));
      await nodeStore('node-before').begin(start);
      expect(await Promise.all(nodes.map(node => node.claim(start.callSid)))).not.toContain(null);

      const writes = nodes.map((node, n) => node.append(start.callId, [heard(n, `of ${n}`)]));
      const written = (await Promise.allSettled(writes)).flatMap(({ status }, n) =>
        status === 'fulfilled' ? [n] : [],
      );
      expect(written).toHaveLength(1);
      expect(await storage.store.events(start.callId)).toEqual([heard(written[0]!, `of ${written[0]}`)]);
    });

    it.each([/^with found as/, /^select \(select jsonb_agg/])(
      'keeps no call alive that was claimed when the answer to %s was lost: it can be claimed again, and is closed when nobody does',
      async lost => {
        const start = sampleStart();
        await nodeStore('node-before').begin(start);
        let isLosing = true;
        const database: Database = {
          ...storage.database,
          kind: storage.database.kind,
          query: async (text, params) => {
            const rows = await storage.database.query(text, params);
            if (isLosing && lost.test(text.trim())) throw new Error('the connection was reset');
            return rows as never;
          },
        };
        const a = new CallStore(database, { node: 'node-a', postCallJobs: [] });
        await expect(a.claim(start.callSid)).rejects.toThrow('the connection was reset');

        expect(await a.heartbeat()).toEqual([]);
        const query = { node: 'node-a', olderThanMs: 0, callersTimeMs: 0 };
        expect((await a.orphans(query)).map(({ callId }) => callId)).toContain(start.callId);
        isLosing = false;
        expect(await a.claim(start.callSid)).toMatchObject({ start });
        expect((await a.orphans(query)).map(({ callId }) => callId)).not.toContain(start.callId);
        await a.append(start.callId, [heard(1, 'welcome back')]);
      },
    );

    it('tells of a call that was closed as interrupted what the edge knows that lived it to its end', async () => {
      const [a, b] = [nodeStore('node-a'), nodeStore('node-b')];
      const start = sampleStart();
      await a.begin(start);
      const call = { start, entries: [heard(1, 'hello')], summary: sampleSummary(start) };
      await expect(b.archive(call)).rejects.toBeInstanceOf(CallTakenOver);
      await a.finish({ ...sampleSummary(start), outcome: 'interrupted', turns: [] });

      await b.archive(call);
      expect(await b.get(start.callId)).toMatchObject({ outcome: 'hungUp', summary: call.summary });
      await b.archive({ ...call, summary: { ...call.summary, outcome: 'completed' } });
      expect(await b.get(start.callId)).toMatchObject({ outcome: 'hungUp' });
    });

    it('leaves a call to those who have gone on with it, when the node that began it comes to itself and begins it again', async () => {
      const [suspended, next] = [nodeStore('node-a'), nodeStore('node-b')];
      const start = sampleStart();
      const { callId } = start;
      await next.adopt({ start, frozen: frozenAt(1), entries: [heard(1, 'order 8234')] }, null);
      expect(await next.claim(start.callSid)).toMatchObject({ start, entries: [heard(1, 'order 8234')] });

      await expect(suspended.begin(start)).rejects.toBeInstanceOf(CallTakenOver);
      await next.append(callId, [heard(2, 'check 3364')]);
      expect(await storage.store.events(callId)).toEqual([heard(1, 'order 8234'), heard(2, 'check 3364')]);
    });

    it('begins a call once, however often its beginning is written down', async () => {
      const a = nodeStore('node-a');
      const start = sampleStart();
      await a.begin(start);
      await a.begin(start);
      await a.release(start.callId, frozenAt(1));
      await expect(a.begin(start)).rejects.toBeInstanceOf(CallTakenOver);
      expect(await nodeStore('node-b').claim(start.callSid)).toMatchObject({ start });
    });

    it('tells of a call with two lives the one that heard more of the caller, and nothing of the other', async () => {
      const [a, b] = [nodeStore('node-a'), nodeStore('node-b')];
      const start = sampleStart();
      const { callId } = start;
      await a.begin(start);
      await a.append(callId, [heard(1, 'hello'), heard(2, 'is anybody there?'), heard(3, 'no')]);
      await a.finish({ ...sampleSummary(start), outcome: 'silence', turns: [] });

      const summary = sampleSummary(start);
      await b.archive({ start, entries: [heard(1, 'hello')], summary });
      expect(await b.get(callId)).toMatchObject({ outcome: 'silence' });
      const entries = ['hello', 'is anybody there?', 'no', 'yes'].map((text, n) => heard(n + 1, text));
      await b.archive({ start, entries, summary });
      expect(await b.get(callId)).toMatchObject({ outcome: 'hungUp' });
      expect(await b.events(callId)).toEqual(entries);
    });

    it('leaves a call that broke off in the cloud as it is told, when its edge sends what it knew before', async () => {
      const [a, start] = [nodeStore('node-a'), sampleStart()];
      const entries: LogEntry[] = [heard(1, 'hello'), { seq: 2, atMs: 2, kind: 'timer', timer: 1 }];
      const broken = { ...sampleSummary(start), outcome: 'interrupted' as const };
      await a.begin(start);
      await a.append(start.callId, entries);
      await a.finish(broken);
      await a.archive({ start, entries: entries.slice(0, 1), summary: { ...broken, turns: [] } });
      expect(await a.get(start.callId)).toMatchObject({ summary: broken });
    });

    it('claims no call that has ended, none that nobody knows, and none that is its own', async () => {
      const a = nodeStore('node-a');
      const start = sampleStart();
      await a.begin(start);
      await a.finish(sampleSummary(start));
      expect(await nodeStore('node-b').claim(start.callSid)).toBeNull();
      expect(await nodeStore('node-b').claim('CAunknown')).toBeNull();
      const ours = sampleStart();
      await a.begin(ours);
      expect(await a.claim(ours.callSid)).toBeNull();
      await expect(a.begin(start)).rejects.toBeInstanceOf(CallTakenOver);
    });

    it('writes of all calls what it can when one call’s entry cannot be written, and says which', async () => {
      const a = nodeStore('node-a');
      const [good, bad, other] = [sampleStart(), sampleStart(), sampleStart()];
      for (const start of [good, bad, other]) await a.begin(start);
      const unwritable: LogEntry = { ...heard(1, 'when?'), atMs: Number.NaN };

      const failures = await a.appendAll(
        new Map([
          [good.callId, [heard(1, 'one')]],
          [bad.callId, [unwritable]],
          [other.callId, [heard(1, 'two')]],
        ]),
      );
      expect([...failures.keys()]).toEqual([bad.callId]);
      expect(failures.get(bad.callId)).not.toBeInstanceOf(CallTakenOver);
      expect(await a.eventsOf([good.callId, other.callId])).toEqual(
        new Map([
          [good.callId, [heard(1, 'one')]],
          [other.callId, [heard(1, 'two')]],
        ]),
      );
      await a.append(bad.callId, [heard(1, 'now')]);
    });

    it('archives a call that was lived elsewhere once, and never one that is live here', async () => {
      const a = nodeStore('node-a');
      const start = sampleStart({ node: 'edge' });
      const call = { start, entries: [heard(1, 'hello')], summary: sampleSummary(start, { moves: [] }) };
      await Promise.all([a.archive(call), nodeStore('node-b').archive(call)]);
      await a.archive(call);
      expect(await a.get(start.callId)).toMatchObject({ status: 'ended', outcome: 'hungUp' });
      const rows = await storage.database.query('select start from aybiza.calls where call_id = $1', [
        start.callId,
      ]);
      expect(rows).toEqual([{ start }]);
      expect(await a.events(start.callId)).toEqual([heard(1, 'hello')]);
      expect(await owedBy(start.callId)).toHaveLength(1);

      const live = sampleStart();
      await a.begin(live);
      const attempt = a.archive({ start: live, entries: [heard(9, 'no')], summary: sampleSummary(live) });
      await expect(attempt).rejects.toBeInstanceOf(CallTakenOver);
      expect(await a.events(live.callId)).toEqual([]);
    });

    it('hands a tool’s earlier run over to the request that asks for the same, with what came of it', async () => {
      const [a, b] = [nodeStore('node-a'), nodeStore('node-b')];
      const start = sampleStart();
      const { callId } = start;
      const book = { name: 'book', input: { day: 'Monday', seats: 2 } };
      await a.begin(start);
      expect(await a.tools.begin(callId, { id: 'one', ...book }, [])).toEqual({ run: true });
      await b.claim(callId);
      const again = { id: 'two', name: 'book', input: { seats: 2, day: 'Monday' } };
      expect(await b.tools.begin(callId, again, [])).toEqual({ run: false, result: null });
      const result = { id: 'two', name: 'book', result: { booked: true }, error: null };
      await b.tools.end(callId, result);
      expect(await b.tools.begin(callId, { id: 'three', ...book }, [])).toEqual({ run: false, result });

      const told = ['one', 'two', 'three'];
      expect(await b.tools.begin(callId, { id: 'four', ...book }, told)).toEqual({ run: true });
      const otherInput = { id: 'five', name: 'book', input: { day: 'Tuesday', seats: 2 } };
      expect(await b.tools.begin(callId, otherInput, told)).toEqual({ run: true });
      await expect(b.tools.begin('nobody', { id: 'six', name: 'book', input: {} }, [])).rejects.toThrow(
        'not on record yet',
      );
    });

    it('holds, for any interleaving of two nodes’ writes and claims, what the owner of the moment wrote and nothing else', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 24 }), async steps => {
          const stores = [nodeStore('node-a'), nodeStore('node-b')];
          const start = sampleStart();
          await stores[0]!.begin(start);
          const work = steps.map(({ by, does }, seq) => ({
            by,
            does,
            seq,
            done: act(stores[by]!, start.callId, does, seq),
          }));
          const results = await Promise.all(work.map(({ done }) => done.catch(asTakenOver)));

          // What was acknowledged is there, what was refused is not.
          const acknowledged = work.filter(({ does }, i) => does === 'append' && results[i] === 'written');
          const log = await stores[0]!.events(start.callId);
          expect(log.map(({ seq }) => seq)).toEqual(acknowledged.map(({ seq }) => seq));
          for (const [i, { does, seq }] of work.entries()) {
            const claimed = results[i];
            if (does !== 'claim' || !Array.isArray(claimed)) continue;
            // Of the other's entries, a claim sees all there will ever be from before it.
            const later = log.filter(entry => !claimed.includes(entry.seq) && byOther(work, entry.seq, seq));
            const wasClaimedBack = work.some(
              (one, at) => at !== i && one.does === 'claim' && one.by !== work[i]!.by,
            );
            if (!wasClaimedBack) expect(later).toEqual([]);
          }

          // Exactly one store may write at the end.
          const last = await Promise.allSettled(
            stores.map((store, n) => store.append(start.callId, [heard(1_000 + n, 'last')])),
          );
          expect(last.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        }),
        { numRuns: backend.name === 'PGlite' ? 25 : 60 },
      );
    });

    // PGlite has one session: no two statements of it ever overlap.
    if (backend.name === 'PostgreSQL')
      it('lets no claim come between a writer’s look at its ownership and its write', async () => {
        const [a, b] = [nodeStore('node-a'), nodeStore('node-b')];
        const start = sampleStart();
        const { callId } = start;
        await a.begin(start);
        const writing = await storage.database.transaction(async tx => {
          await tx.query('select pg_advisory_xact_lock($1)', [GATE]);
          await storage.database.query(waitAtGate(callId));
          const appended = a.append(callId, [heard(1, 'just in time')]);
          await waiters(1);
          const claimed = b.claim(callId);
          // Whether it waits as it must, or is done as it must not be.
          await Promise.race([claimed, waiters(2)]);
          return { appended, claimed };
        });
        await writing.appended;
        expect((await writing.claimed)?.entries).toEqual([heard(1, 'just in time')]);
      });

    async function waiters(count: number): Promise<void> {
      await expect
        .poll(async () => {
          const [row] = await storage.database.query<{ waiting: number }>(
            `select count(*)::int as waiting from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return row?.waiting;
        })
        .toBe(count);
    }

    function owedBy(callId: string) {
      return storage.database.query('select job from aybiza.outbox where call_id = $1', [callId]);
    }
  });
}

const GATE = 4711;

/** Every entry of the call waits, as it is written, until the lock is free. */
function waitAtGate(callId: string): string {
  return `
    create function aybiza.wait_at_gate() returns trigger language plpgsql as $$
      begin
        perform pg_advisory_xact_lock(${GATE});
        return new;
      end $$;
    create trigger gate before insert on aybiza.call_events
      for each row when (new.call_id = '${callId}') execute function aybiza.wait_at_gate()`;
}

const TEXTS = ['', 'hello', 'are you there', 'welcome back'];

type Does = 'append' | 'snapshot' | 'claim' | 'heartbeat';
const step = fc.record({
  by: fc.constantFrom(0, 1),
  does: fc.constantFrom<Does>('append', 'append', 'append', 'snapshot', 'claim', 'heartbeat'),
});

async function act(store: CallStore, callId: string, does: Does, seq: number): Promise<'written' | number[]> {
  if (does === 'append') await store.append(callId, [heard(seq, 'x')]);
  if (does === 'snapshot') await store.saveSnapshot(callId, frozenAt(seq));
  if (does === 'heartbeat') await store.heartbeat();
  if (does === 'claim') return (await store.claim(callId))?.entries.map(entry => entry.seq) ?? 'written';
  return 'written';
}

function asTakenOver(error: unknown): 'refused' {
  expect(error).toBeInstanceOf(CallTakenOver);
  return 'refused';
}

function byOther(work: readonly { by: number; seq: number }[], written: number, claim: number): boolean {
  return work[written]!.by !== work[claim]!.by;
}

/** As far as the records look into it. */
function frozenAt(seq: number): FrozenCall {
  return { schema: 2, seq } as FrozenCall;
}
