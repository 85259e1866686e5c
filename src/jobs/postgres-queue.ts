import { createPostgresBackend, runMigrations } from 'bullmq';
import type pg from 'pg';
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

  try {
    await migrateQueue(pool);
    const jobs = await startBullmq({
      ...options,
      connections: { queue: pool, worker: pool },
      backend: createPostgresBackend,
    });
    return { enqueue: jobs.enqueue, close: () => jobs.close().finally(() => pool.end()) };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function migrateQueue(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, 'bullmq');
  } finally {
    client.release();
  }
}
