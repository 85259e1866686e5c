import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../runtime/clock.ts';
import { defineJob } from '../../../src/jobs/define-job.ts';
import { openStorage } from '../../../src/storage/open.ts';
import { backends } from '../storage/backends.ts';
import { sampleStart, sampleSummary } from '../storage/sample-calls.ts';
import { keptLog, watchJobs } from '../storage/watched-jobs.ts';

for (const backend of backends) {
  describe.skipIf(backend.absent)(`closing jobs on ${backend.name}`, { timeout: 120_000 }, () => {
    it('waits for a running job, but not for ever: the next process runs that one again', async () => {
      const { place, remove } = await backend.prepare();
      const open = (run: (callId: string) => Promise<void>, closeTimeoutMs: number) => {
        const watch = watchJobs([defineJob({ name: 'summarise-call', run: ({ callId }) => run(callId) })]);
        const jobSettings = { ...place.jobSettings, lockMs: 500, closeTimeoutMs };
        const options = {
          ...place,
          node: 'node-a',
          clock: systemClock,
          log: keptLog(),
          jobs: watch.jobs,
          jobSettings,
        };
        return openStorage(options).then(storage => ({ storage, watch, log: options.log }));
      };
      const start = sampleStart();
      const slow = sampleStart();
      const events = new EventEmitter();
      const began = once(events, 'began');

      const stuck = await open(async () => {
        events.emit('began');
        await once(events, 'never');
      }, 50);
      await stuck.storage.store.finish(sampleSummary(start));
      await began;
      await stuck.storage.close();
      expect(stuck.log.lines.join()).toContain('did not close in time');

      const closing = once(events, 'closing');
      const patient = await open(async callId => {
        events.emit(callId);
        if (callId === slow.callId) await closing;
      }, 60_000);
      await patient.watch.succeeded(start.callId);

      const slowBegan = once(events, slow.callId);
      await patient.storage.store.finish(sampleSummary(slow));
      await slowBegan;
      const closed = patient.storage.close();
      events.emit('closing');
      await closed;
      expect(patient.watch.runsOf(slow.callId)).toContain(true);
      expect(patient.log.lines.join()).not.toContain('did not close in time');
      await remove();
    });
  });
}
