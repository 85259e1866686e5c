import { describe, expect, it } from 'vitest';
import { CallTakenOver } from '../../../runtime/journal.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import type { Database } from '../../../src/storage/database.ts';
import { backends } from './backends.ts';
import { openedStorage } from './opened-storage.ts';
import { heard, sampleStart, sampleSummary } from './sample-calls.ts';

for (const backend of backends.filter(({ name }) => name !== 'Redis')) {
  describe.skipIf(backend.absent)(
    `a call that comes back to a store which had lost it, on ${backend.name}`,
    () => {
      const storage = openedStorage(backend);
      const storeOn = (database: Database, node: string) =>
        new CallStore(database, { node, postCallJobs: ['told-once'] });

      it('kept what was said in its earlier life in the places of what is said in its new one', async () => {
        const start = sampleStart();
        const { callId } = start;
        const slow = slowed(storage.database);
        const [a, b] = [storeOn(slow.database, 'node-a'), storeOn(storage.database, 'node-b')];
        await a.begin(start);

        const letOn = slow.holdNext(/insert into aybiza\.call_events/);
        const first = a.append(callId, [heard(1, 'under way when the call is lost')]);
        const queued = [
          a.append(callId, [heard(2, 'of the earlier life')]),
          a.saveSnapshot(callId, { schema: 2, seq: 2 }),
          a.tools.begin(callId, { id: 't', name: 'book', input: {} }, []),
          a.release(callId, { schema: 2, seq: 2 }),
          a.finish(sampleSummary(start)),
        ];
        await b.claim(callId);
        expect(await a.isOurs(callId)).toBe(false);
        expect(await a.claim(callId)).toMatchObject({ entries: [] });
        letOn();

        const outcomes = await Promise.allSettled([first, ...queued]);
        for (const outcome of outcomes)
          expect(outcome).toEqual({ status: 'rejected', reason: expect.any(CallTakenOver) });
        await a.append(callId, [heard(1, 'of the new life')]);
        expect(await a.events(callId)).toEqual([heard(1, 'of the new life')]);
        expect(await a.get(callId)).toMatchObject({ status: 'live', node: 'node-a' });
      });

      it('was taken for its own by a look that had begun before another claimed it', async () => {
        const start = sampleStart();
        const slow = slowed(storage.database);
        const [a, b] = [storeOn(slow.database, 'node-a'), storeOn(storage.database, 'node-b')];
        await a.begin(start);
        const letOn = slow.holdAnswerTo(/^select status = 'live'/);
        const before = a.isOurs(start.callId);
        await slow.isDone;
        await b.claim(start.callId);
        const after = a.isOurs(start.callId);
        letOn();
        expect([await before, await after]).toEqual([true, false]);
        expect(a.epochOf(start.callId)).toBeNull();
        expect(b.epochOf(start.callId)).toBe(2);
      });

      it('was taken for its own as long as its beginning was not written, though another had begun it', async () => {
        const start = sampleStart();
        const refused: Database = {
          ...storage.database,
          kind: storage.database.kind,
          query: (sql, params) =>
            sql.trim().startsWith('insert into aybiza.calls')
              ? Promise.reject(new Error('refused'))
              : storage.database.query(sql, params),
        };
        const [a, b] = [storeOn(refused, 'node-a'), storeOn(storage.database, 'node-b')];
        await expect(a.begin(start)).rejects.toThrow('refused');
        expect(await a.isOurs(start.callId)).toBe(true);
        await b.begin(start);
        expect(await a.isOurs(start.callId)).toBe(false);
        expect(await b.isOurs(start.callId)).toBe(true);
      });

      it('was taken for another’s by a tool, while nobody had answered yet that its beginning was written', async () => {
        const start = sampleStart();
        const slow = slowed(storage.database);
        const a = storeOn(slow.database, 'node-a');
        const letOn = slow.holdAnswerTo(/^insert into aybiza\.calls/);
        const begun = a.begin(start);
        await slow.isDone;
        const isOurs = a.isOurs(start.callId);
        const lost = storeOn(lossy(storage.database), 'node-b');
        await expect(lost.begin({ ...start, callId: `${start.callId}-b` })).rejects.toThrow('lost');
        await expect(
          lost.tools.begin(`${start.callId}-b`, { id: 't', name: 'book', input: {} }, []),
        ).rejects.toThrow('not on record yet');
        letOn();
        await begun;
        expect(await isOurs).toBe(true);
        expect(a.epochOf(start.callId)).toBe(1);
      });

      it('kept it alive for ever, where it had let go of it before its beginning was written', async () => {
        const start = sampleStart();
        const slow = slowed(storage.database);
        const [a, b] = [storeOn(slow.database, 'node-a'), storeOn(storage.database, 'node-b')];
        const letOn = slow.holdAnswerTo(/^insert into aybiza\.calls/);
        const begun = a.begin(start);
        await slow.isDone;
        a.forsake(start.callId);
        letOn();
        await begun;
        expect(a.epochOf(start.callId)).toBeNull();
        await a.heartbeat();
        const orphans = await a.orphans({ node: 'node-a', olderThanMs: 0, callersTimeMs: 0 });
        expect(orphans.map(({ callId }) => callId)).toContain(start.callId);
        expect(await b.claim(start.callId)).not.toBeNull();
      });
    },
  );
}

/** Does what it is told, and loses every answer. */
function lossy(inner: Database): Database {
  return {
    kind: inner.kind,
    query: async (sql, params) => {
      await inner.query(sql, params);
      throw new Error('lost');
    },
    transaction: work => inner.transaction(work),
    close: async () => {},
  };
}

/** A database whose next statement of a kind, or its answer, comes when it is let on. */
function slowed(inner: Database) {
  let held: { fits: RegExp; part: 'statement' | 'answer'; on: Promise<void> } | null = null;
  let answered = () => {};
  const begun = new Promise<void>(resolve => {
    answered = resolve;
  });
  const hold = (part: 'statement' | 'answer') => (fits: RegExp) => {
    let letOn = () => {};
    const on = new Promise<void>(resolve => {
      letOn = resolve;
    });
    held = { fits, part, on };
    return letOn;
  };
  const query = async (sql: string, params?: readonly unknown[]) => {
    const mine = held?.fits.test(sql.trim()) ? held : null;
    if (mine) held = null;
    if (mine?.part === 'statement') await mine.on;
    const rows = await inner.query(sql, params);
    if (mine?.part !== 'answer') return rows as never;
    answered();
    await mine.on;
    return rows as never;
  };
  const database: Database = {
    kind: inner.kind,
    query,
    transaction: work => inner.transaction(work),
    close: async () => {},
  };
  return {
    database,
    holdNext: hold('statement'),
    holdAnswerTo: hold('answer'),
    /** The statement whose answer is held. */
    isDone: begun,
  };
}
