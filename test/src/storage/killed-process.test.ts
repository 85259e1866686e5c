import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../runtime/clock.ts';
import type { CallStart } from '../../../runtime/journal.ts';
import { reportOn } from '../../../src/jobs/call-report.ts';
import { summariseCall } from '../../../src/jobs/summarise-call.ts';
import { closeOrphans } from '../../../src/storage/close-orphans.ts';
import { openStorage, type Storage } from '../../../src/storage/open.ts';
import { compiledProgram } from '../../harness/compiled-product.ts';
import { backends, type Place } from './backends.ts';
import { heard, sampleStart, sampleSummary } from './sample-calls.ts';
import { keptLog, watchJobs } from './watched-jobs.ts';

/** The next node finds an abandoned job after this long. */
const LOCK_MS = 500;

/** Each test starts processes that open a database, which a busy machine does slowly. */
const PATIENCE_MS = 180_000;

for (const backend of backends) {
  describe.skipIf(backend.absent)(`a killed process on ${backend.name}`, { timeout: PATIENCE_MS }, () => {
    let place: Place;
    let remove: () => Promise<void>;
    let storage: Storage | undefined;

    // Of its own for each: on Redis, for as long as locks of the test before were to last, nobody looks for abandoned jobs.
    beforeEach(async () => {
      const prepared = await backend.prepare();
      place = prepared.place;
      remove = prepared.remove;
    });

    afterEach(async () => {
      await storage?.close();
      storage = undefined;
      await remove?.();
    });

    const withShortLocks = () => ({ ...place, jobSettings: { ...place.jobSettings, lockMs: LOCK_MS } });

    async function openNext(where = place) {
      const watch = watchJobs([summariseCall]);
      const log = keptLog();
      storage = await openStorage({ ...where, node: 'node-a', clock: systemClock, log, jobs: watch.jobs });
      return { store: storage.store, watch, log };
    }

    async function closeAfterAnotherCall({ watch }: Awaited<ReturnType<typeof openNext>>): Promise<void> {
      // Whatever waited before this call has been taken by the time it is done.
      const later = sampleStart();
      await storage!.store.finish(sampleSummary(later));
      await watch.succeeded(later.callId);
      await storage!.close();
      storage = undefined;
    }

    it('loses no job between hang-up and dispatch, and runs it once', async () => {
      const start = sampleStart();
      await runUntilKilled('beforeDispatch', place, start);

      const next = await openNext();
      await next.watch.succeeded(start.callId);
      expect(await next.store.get(start.callId)).toMatchObject({ report: reportOn(sampleSummary(start)) });
      await closeAfterAnotherCall(next);
      expect(next.watch.runsOf(start.callId)).toEqual([true]);

      const nextButOne = await openNext();
      await closeAfterAnotherCall(nextButOne);
      expect(nextButOne.watch.runsOf(start.callId)).toEqual([]);
    });

    it('has an abandoned job run by the next process', async () => {
      const start = sampleStart();
      await runUntilKilled('duringJob', withShortLocks(), start);

      const next = await openNext(withShortLocks());
      await next.watch.succeeded(start.callId);
      expect(await next.store.get(start.callId)).toMatchObject({ report: reportOn(sampleSummary(start)) });
      await closeAfterAnotherCall(next);
    });

    it('leaves its live call to be closed as interrupted, with what was said', async () => {
      const start = sampleStart();
      await runUntilKilled('duringCall', place, start);

      const next = await openNext();
      const closed = await closeOrphans({
        store: next.store,
        node: 'node-a',
        olderThanMs: 3_600_000,
        callersTimeMs: 0,
        project: (from, entries) => {
          expect(entries).toEqual([heard(0, 'hello')]);
          return sampleSummary(from);
        },
        log: next.log,
      });
      expect(closed).toEqual([start.callId]);
      await next.watch.succeeded(start.callId);
      expect(await next.store.get(start.callId)).toMatchObject({ status: 'ended', outcome: 'interrupted' });
      await closeAfterAnotherCall(next);
    });
  });
}

async function runUntilKilled(moment: string, place: Place, start: CallStart): Promise<void> {
  const program = await compiledProgram('test/src/storage/dying-process.ts');
  const args = [program, moment, JSON.stringify(place), JSON.stringify(start)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', chunk => {
    errors += chunk;
  });
  const [, signal] = await once(child, 'close');
  expect(signal, errors).toBe('SIGKILL');
}
