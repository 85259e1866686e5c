import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../storage/log.ts';
import type { JobPayload } from './define-job.ts';
import type { JobSettings } from './job-settings.ts';

/** Runs one job; throwing asks for another attempt. */
export type RunJob = (job: string, payload: JobPayload) => Promise<void>;

/** All that the product asks of BullMQ. */
export interface JobQueue {
  /** Resolves once the job is safe in the queue. A second job with the same id is ignored. */
  enqueue(job: string, payload: JobPayload, jobId: string): Promise<void>;
  /** Takes no new job, lets running ones finish, then lets go of the connections. */
  close(): Promise<void>;
}

export interface QueueOptions {
  settings: JobSettings;
  clock: Clock;
  log: Log;
  run: RunJob;
}

/** BullMQ's own ids may not hold `:`, which a call's id may. */
export function jobIdFor(job: string, callId: string): string {
  return `${job}-${encodeURIComponent(callId)}`;
}
