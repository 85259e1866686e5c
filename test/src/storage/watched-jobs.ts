import { EventEmitter } from 'node:events';
import type { Job } from '../../../src/jobs/define-job.ts';
import type { Log } from '../../../src/storage/log.ts';

/** Jobs whose runs can be counted and waited for. */
export function watchJobs(jobs: readonly Job[]) {
  const runs: { job: string; callId: string; failed: boolean }[] = [];
  const events = new EventEmitter().setMaxListeners(0);

  const watched = jobs.map(
    (job): Job => ({
      name: job.name,
      async run(payload, context) {
        const note = (failed: boolean) => {
          runs.push({ job: job.name, callId: payload.callId, failed });
          events.emit('run');
        };
        await job.run(payload, context).catch(error => {
          note(true);
          throw error;
        });
        note(false);
      },
    }),
  );

  function runsOf(callId: string, job?: string): boolean[] {
    return runs.filter(run => run.callId === callId && (!job || run.job === job)).map(run => !run.failed);
  }

  return {
    jobs: watched,
    /** One entry per attempt: whether it succeeded. */
    runsOf,
    async succeeded(callId: string, job?: string): Promise<void> {
      while (!runsOf(callId, job).includes(true)) await new Promise(resolve => events.once('run', resolve));
    },
  };
}

/** A log that keeps its lines. */
export function keptLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const keep = (level: string) => (fields: object, message: string) => {
    lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
  };
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') };
}
