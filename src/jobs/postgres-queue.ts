import { createPostgresBackend, runMigrations } from 'bullmq';
import { connectPool } from '../storage/postgres-database.ts';
import { startBullmq } from './bullmq.ts';
import type { JobQueue, QueueOptions } from './job-queue.ts';

/** Queue and worker share the pool, and the worker holds one connection to hear of new jobs: fewer would deadlock. */
const MAX_CONNECTIONS = 3;

/** BullMQ on PostgreSQL, in the schema `bullmq`. Throws `DATABASE_UNREACHABLE`. */
export async function openPostgresQueue(databaseUrl: string, options: QueueOptions): Promise<JobQueue> {
  const pool = await connectPool(
    databaseUrl,
    { max: MAX_CONNECTIONS, options: '-c search_path=bullmq' },
    options.log,
  );

  const client = await pool.connect();
  try {
    await runMigrations(client, 'bullmq');
  } catch (error) {
    client.release();
    await pool.end();
    throw error;
  }
  client.release();

  const jobs = startBullmq({
    ...options,
    connections: { queue: pool, worker: pool },
    backend: createPostgresBackend,
  });
  return {
    enqueue: jobs.enqueue,
    async close() {
      await jobs.close();
      await pool.end();
    },
  };
}
