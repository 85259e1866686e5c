/**
 * A node that kills itself, for killed-process.test.ts: `dying-process.ts <moment> <place> <start>`, both JSON.
 * `duringCall`: while the call is live. `beforeDispatch`: when it is finished and its job is not in the queue. `duringJob`: while the job runs.
 */
import { systemClock } from '../../../runtime/clock.ts';
import type { CallStart } from '../../../runtime/journal.ts';
import { defineJob } from '../../../src/jobs/define-job.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import { openStorage } from '../../../src/storage/open.ts';
import type { Place } from './backends.ts';
import { heard, sampleSummary } from './sample-calls.ts';
import { keptLog } from './watched-jobs.ts';

const [moment, placeJson, startJson] = process.argv.slice(2);
const place = JSON.parse(placeJson!) as Place;
const start = JSON.parse(startJson!) as CallStart;

const die = async () => {
  process.kill(process.pid, 'SIGKILL');
};
const storage = await openStorage({
  ...place,
  node: start.node,
  clock: systemClock,
  log: keptLog(),
  jobs: [defineJob({ name: 'summarise-call', run: die })],
});

const store =
  moment === 'duringJob'
    ? storage.store
    : new CallStore(storage.database, { postCallJobs: ['summarise-call'], finished: () => void die() });
await store.begin(start);
await store.append(start.callId, [heard(0, 'hello')]);
if (moment !== 'duringCall') await store.finish(sampleSummary(start));
else await die();
