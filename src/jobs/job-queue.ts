import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../storage/log.ts';
import type { PgliteDatabase } from '../storage/pglite/database.ts';
import type { JobPayload } from './define-job.ts';
import type { JobSettings } from './job-settings.ts';
import { openPostgresQueue } from './postgres-queue.ts';
import { openRedisQueue } from './redis-queue.ts';

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

/** Where jobs wait: Redis if there is one, else the records' own PostgreSQL, else PGlite beside the records. */
export type QueuePlace = { redisUrl: string } | { databaseUrl: string } | { pglite: PgliteDatabase };

export function openJobQueue(place: QueuePlace, options: QueueOptions): Promise<JobQueue> {
  if ('redisUrl' in place) return openRedisQueue(place.redisUrl, options);
  if ('databaseUrl' in place) return openPostgresQueue(place.databaseUrl, options);
  return place.pglite.startJobs(options.settings, options.run);
}

/** BullMQ's own ids may not hold `:`, which a call's id may. */
export function jobIdFor(job: string, callId: string): string {
  return `${job}-${encodeURIComponent(callId)}`;
}
