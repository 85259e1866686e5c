import { threadId } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { reportOn } from '../../../src/jobs/call-report.ts';
import { defineJob } from '../../../src/jobs/define-job.ts';
import type { JobQueue } from '../../../src/jobs/job-queue.ts';
import { openOutbox } from '../../../src/jobs/outbox.ts';
import { summariseCall } from '../../../src/jobs/summarise-call.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { migrations } from '../../../src/storage/migrations/index.ts';
import { openStorage, type Storage } from '../../../src/storage/open.ts';
import type { PgliteDatabase } from '../../../src/storage/pglite/database.ts';
import { backends } from './backends.ts';
import { heard, sampleStart, sampleSummary } from './sample-calls.ts';
import { keptLog, watchJobs } from './watched-jobs.ts';

const HOUR_MS = 3_600_000;
const PATIENCE = { timeout: 20_000 };
const _stale = (node: string) => ({ node, olderThanMs: HOUR_MS / 2, callersTimeMs: HOUR_MS / 2 });

for (const backend of backends) {
  describe.skipIf(backend.absent)(`storage on ${backend.name}`, () => {
    let storage: Storage;
    let remove: () => Promise<void>;
    const clock = new SimulatedClock();
    const progress: string[] = [];
    const watch = watchJobs([summariseCall, failsOnce()]);

    beforeAll(async () => {
      const prepared = await backend.prepare({ isFirstStart: true });
      remove = prepared.remove;
      storage = await openStorage({
        ...prepared.place,
        node: 'node-a',
        clock,
        log: keptLog(),
        jobs: watch.jobs,
        onProgress: message => progress.push(message),
      });
    });

    afterAll(async () => {
      await storage?.close();
      await remove?.();
    });

    it('carries a call from its beginning to its report', async () => {
      const { store } = storage;
      const start = sampleStart();
      await store.begin(start);
      expect(await store.find(start.callSid)).toMatchObject({
        status: 'live',
        start,
        summary: null,
        report: null,
      });

      await store.append(start.callId, [heard(0, 'hello'), heard(1, 'bye')]);
      await store.saveSnapshot(start.callId, { seq: 1, state: 'listening' });
      const summary = sampleSummary(start);
      await store.finish(summary);
      await watch.succeeded(start.callId, 'summarise-call');

      expect(await store.find(start.callSid)).toEqual({
        callId: start.callId,
        callSid: start.callSid,
        node: 'node-a',
        status: 'ended',
        startedAt: start.startedAt,
        endedAt: summary.endedAt,
        outcome: 'hungUp',
        start,
        summary,
        report: reportOn(summary),
      });
      expect(await store.events(start.callId)).toEqual([heard(0, 'hello'), heard(1, 'bye')]);
      expect(await store.snapshot(start.callId)).toEqual({ seq: 1, frozen: { seq: 1, state: 'listening' } });
    });

    it('records a call that could not be recorded when it began', async () => {
      const start = sampleStart();
      await storage.store.finish(sampleSummary(start));
      expect(await storage.store.get(start.callId)).toMatchObject({ status: 'ended', start });
      await watch.succeeded(start.callId, 'summarise-call');
    });

    it('changes nothing when a call is finished twice', async () => {
      const start = sampleStart();
      const finished = vi.fn();
      const store = new CallStore(storage.database, { postCallJobs: ['summarise-call'], finished });
      await store.begin(start);
      await store.finish(sampleSummary(start));
      await store.finish(sampleSummary(start, { outcome: 'silence', endedAt: start.startedAt }));

      expect(await store.get(start.callId)).toMatchObject({
        outcome: 'hungUp',
        summary: sampleSummary(start),
      });
      expect(await owedBy(start.callId)).toHaveLength(1);
      expect(finished.mock.calls).toEqual([[start.callId]]);
    });

    it('tries a job again after an error', async () => {
      const start = sampleStart();
      await storage.store.finish(sampleSummary(start));
      await watch.succeeded(start.callId, 'fails-once');
      expect(watch.runsOf(start.callId, 'fails-once')).toEqual([false, true]);
    });

    it('runs a job once however often it is dispatched', async () => {
      const start = sampleStart();
      const silent = new CallStore(storage.database, { postCallJobs: ['summarise-call'] });
      await silent.finish(sampleSummary(start));
      await Promise.all([storage.outbox.dispatch(start.callId), storage.outbox.sweep()]);
      await watch.succeeded(start.callId);

      await storage.database.query('update aybiza.outbox set dispatched_at = null where call_id = $1', [
        start.callId,
      ]);
      await storage.outbox.sweep();
      expect(await owedBy(start.callId)).toMatchObject([{ dispatched: true }]);
      // Whatever was enqueued before this call has been taken by the time it is done.
      const later = sampleStart();
      await storage.store.finish(sampleSummary(later));
      await watch.succeeded(later.callId, 'summarise-call');
      expect(watch.runsOf(start.callId)).toEqual([true]);
    });

    it('keeps a job that the queue refuses, and dispatches it in a later sweep', async () => {
      const start = sampleStart();
      await new CallStore(storage.database, { postCallJobs: ['summarise-call'] }).finish(
        sampleSummary(start),
      );
      const sweepClock = new SimulatedClock();
      const log = keptLog();
      const enqueued: string[] = [];
      let refusals = 1;
      const queue: JobQueue = {
        async enqueue(job, payload, jobId) {
          // Rows of other tests' calls may wait too.
          if (payload.callId !== start.callId) return storage.jobs.enqueue(job, payload, jobId);
          if (refusals-- > 0) throw new Error('queue is down');
          enqueued.push(payload.callId);
        },
        async close() {},
      };
      const outbox = openOutbox({ database: storage.database, queue, clock: sweepClock, log });
      await vi.waitFor(() => expect(log.lines.join()).toContain('waits in the outbox'), PATIENCE);
      expect(await owedBy(start.callId)).toMatchObject([{ dispatched: false }]);

      await sweepClock.advance(10_000);
      await outbox.close();
      expect(enqueued).toEqual([start.callId]);
      expect(await owedBy(start.callId)).toMatchObject([{ dispatched: true }]);
    });

    it('keeps entries in order, once each, however they arrive', async () => {
      const { callId } = await beginHere();
      const batches = [[heard(4, 'e')], [heard(2, 'c'), heard(3, 'd')], [heard(0, 'a'), heard(1, 'b')]];
      await Promise.all(batches.map(batch => storage.store.append(callId, batch)));
      await storage.store.append(callId, [heard(1, 'another'), heard(5, 'f')]);

      const texts = (await storage.store.events(callId)).map(
        entry => 'event' in entry && textOf(entry.event),
      );
      expect(texts).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    });

    it('gives the logs of many calls at once, each its own, and an empty one for a call without', async () => {
      const [one, other, silent] = [await beginHere(), await beginHere(), sampleStart()].map(
        ({ callId }) => callId,
      );
      await storage.store.append(one!, [heard(1, 'b'), heard(0, 'a')]);
      await storage.store.append(other!, [heard(0, 'x')]);

      expect(await storage.store.eventsOf([other!, silent!, one!])).toEqual(
        new Map([
          [one, [heard(0, 'a'), heard(1, 'b')]],
          [other, [heard(0, 'x')]],
          [silent, []],
        ]),
      );
      expect(await storage.store.eventsOf([])).toEqual(new Map());
    });

    it('keeps the snapshot that was saved last, whatever the connections do', async () => {
      const { callId } = await beginHere();
      await Promise.all(Array.from({ length: 20 }, (_, n) => storage.store.saveSnapshot(callId, { seq: n })));
      expect(await storage.store.snapshot(callId)).toEqual({ seq: 19, frozen: { seq: 19 } });
    });

    it('keeps what PostgreSQL cannot store of a text from costing the rest', async () => {
      const odd = 'NUL \0, lone \ud83d and \udc00, pair 😀, written out \\u0000 and "quoted"';
      const kept = 'NUL \ufffd, lone \ufffd and \ufffd, pair 😀, written out \\u0000 and "quoted"';
      const start = sampleStart({ callSid: `CA${odd}`, parameters: { [odd]: odd } });
      await storage.store.begin(start);
      await storage.store.append(start.callId, [heard(0, odd)]);
      await storage.store.saveSnapshot(start.callId, { odd });
      await storage.store.finish(sampleSummary(start, { unanswered: [odd] }));

      expect(await storage.store.events(start.callId)).toEqual([heard(0, kept)]);
      expect(await storage.store.snapshot(start.callId)).toMatchObject({ frozen: { odd: kept } });
      expect(await storage.store.find(start.callSid)).toMatchObject({
        start: { parameters: { [kept]: kept } },
        summary: { unanswered: [kept] },
      });
      await watch.succeeded(start.callId, 'summarise-call');
    });

    it('lists calls recent first, page by page', async () => {
      const node = 'node-of-the-list';
      const times = [3, 1, 2, 2].map(hour => Date.UTC(2030, 0, 1, hour));
      for (const startedAt of times) await storage.store.begin(sampleStart({ node, startedAt }));

      const whole = await storage.store.list({ limit: 4 });
      expect(whole.map(call => call.startedAt)).toEqual([...times].sort((a, b) => b - a));
      const first = await storage.store.list({ limit: 2 });
      const second = await storage.store.list({ limit: 2, before: first[1]!.callId });
      expect([...first, ...second]).toEqual(whole);
    });

    it('rolls a transaction back as a whole', async () => {
      const { callId } = sampleStart();
      const attempt = storage.database.transaction(async tx => {
        await tx.query('insert into aybiza.call_snapshots (call_id, seq, frozen) values ($1, 0, $2::jsonb)', [
          callId,
          '{}',
        ]);
        throw new Error('changed my mind');
      });
      await expect(attempt).rejects.toThrow('changed my mind');
      expect(await storage.store.snapshot(callId)).toBeNull();
    });

    it('applies each migration once, even when several nodes start together', async () => {
      const extra = [{ name: '9999-test', sql: 'create table aybiza.extra (id int)' }];
      const applied = await Promise.all([1, 2, 3].map(() => migrate(storage.database, extra)));
      expect(applied.flat()).toEqual(['9999-test']);
      expect(await migrate(storage.database)).toEqual([]);
      expect(progress).toContain(`Applied the migrations ${migrations.map(({ name }) => name).join(', ')}`);
    });

    // Not skipped on the servers: it is about PGlite alone.
    if (backend.name === 'PGlite')
      it('computes in a thread of its own and says what opening does', async () => {
        const other = await (storage.database as PgliteDatabase).threadId();
        expect(other).toBeGreaterThan(0);
        expect(other).not.toBe(threadId);
        expect(progress[0]).toMatch(/^Creating the records in /);
      });

    async function beginHere() {
      const start = sampleStart();
      await storage.store.begin(start);
      return start;
    }

    function owedBy(callId: string) {
      return storage.database.query(
        'select job, dispatched_at is not null as dispatched from aybiza.outbox where call_id = $1',
        [callId],
      );
    }
  });
}

function failsOnce() {
  const seen = new Set<string>();
  return defineJob({
    name: 'fails-once',
    async run({ callId }) {
      if (seen.has(callId)) return;
      seen.add(callId);
      throw new Error('not yet');
    },
  });
}

function textOf(event: object): string {
  return (event as { text: string }).text;
}
