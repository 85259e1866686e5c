import type { PgliteDatabase } from '../storage/pglite/database.ts';
import type { JobQueue, QueueOptions } from './job-queue.ts';

/** Where jobs wait: Redis if there is one, else the records' own PostgreSQL, else PGlite beside the records. */
export type QueuePlace = { redisUrl: string } | { databaseUrl: string } | { pglite: PgliteDatabase };

export async function openJobQueue(place: QueuePlace, options: QueueOptions): Promise<JobQueue> {
  // BullMQ takes half a second to load: a command that looks at records alone does without.
  if ('redisUrl' in place) {
    const { openRedisQueue } = await import('./redis-queue.ts');
    return openRedisQueue(place.redisUrl, options);
  }
  if ('databaseUrl' in place) {
    const { openPostgresQueue } = await import('./postgres-queue.ts');
    return openPostgresQueue(place.databaseUrl, options);
  }
  return place.pglite.startJobs(options.settings, options.run);
}
