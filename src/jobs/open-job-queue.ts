import type { PgliteDatabase } from '../storage/pglite/database.ts';
import type { JobQueue, QueueOptions } from './job-queue.ts';
import { openPostgresQueue } from './postgres-queue.ts';
import { openRedisQueue } from './redis-queue.ts';

/** Where jobs wait: Redis if there is one, else the records' own PostgreSQL, else PGlite beside the records. */
export type QueuePlace = { redisUrl: string } | { databaseUrl: string } | { pglite: PgliteDatabase };

export function openJobQueue(place: QueuePlace, options: QueueOptions): Promise<JobQueue> {
  if ('redisUrl' in place) return openRedisQueue(place.redisUrl, options);
  if ('databaseUrl' in place) return openPostgresQueue(place.databaseUrl, options);
  return place.pglite.startJobs(options.settings, options.run);
}
