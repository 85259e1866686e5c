import type { Clock } from '../../runtime/clock.ts';
import type { Job } from '../jobs/define-job.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import { defaultJobSettings, type JobSettings } from '../jobs/job-settings.ts';
import { openJobQueue } from '../jobs/open-job-queue.ts';
import { type Outbox, openOutbox } from '../jobs/outbox.ts';
import { postCallJobs } from '../jobs/post-call-jobs.ts';
import { repeatEvery } from '../jobs/repeat-every.ts';
import { CallStore } from './call-store.ts';
import type { Database } from './database.ts';
import type { Log } from './log.ts';
import { migrate } from './migrate.ts';
import { openPglite, type PgliteDatabase } from './pglite/database.ts';
import { openPostgres } from './postgres-database.ts';
import { describeUrl } from './storage-error.ts';

const HEARTBEAT_MS = 5_000;

export interface StorageOptions {
  /** PostgreSQL for the records, and for jobs without Redis. PGlite in `dataDir` when absent. */
  databaseUrl?: string | undefined;
  /** Redis for jobs. */
  redisUrl?: string | undefined;
  /** Used, and locked, only without `databaseUrl`. */
  dataDir: string;
  /** Name of this node. Must be unique among nodes that share a database. */
  node: string;
  clock: Clock;
  log: Log;
  /** Opening may take seconds; this says what it is doing. */
  onProgress?(message: string): void;
  /** What every call owes when it ends. Default: all of `src/jobs/post-call-jobs.ts`. */
  jobs?: readonly Job[];
  jobSettings?: Partial<JobSettings>;
}

export interface Storage {
  readonly database: Database;
  readonly store: CallStore;
  readonly jobs: JobQueue;
  readonly outbox: Outbox;
  /** Lets running jobs finish, and leaves undispatched ones to the next opening. */
  close(): Promise<void>;
}

/**
 * Opens records and jobs, brings the schema up to date and dispatches what an earlier process left behind. Throws a
 * `StorageError` that names the setting to change.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const { node, clock, log, onProgress = () => {}, jobs = postCallJobs } = options;
  const settings = { ...defaultJobSettings, ...options.jobSettings };

  const database = await openDatabase(options, onProgress);
  try {
    const applied = await migrate(database);
    if (applied.length > 0) onProgress(`Applied the migrations ${applied.join(', ')}`);

    const store = new CallStore(database, {
      node,
      postCallJobs: jobs.map(job => job.name),
      finished: callId => void outbox.dispatch(callId),
    });
    const queue = await openJobQueue(queuePlace(options, database), {
      settings,
      clock,
      log,
      run: (name, payload) => findJob(jobs, name).run(payload, { store, log }),
    });
    const outbox = openOutbox({ database, queue, clock, log });
    const heartbeats = repeatEvery(HEARTBEAT_MS, () => store.heartbeat(), {
      clock,
      failed: error => log.warn({ error: error.message }, 'The heartbeat of the live calls failed'),
    });

    return {
      database,
      store,
      jobs: queue,
      outbox,
      async close() {
        await heartbeats.stop();
        await store.flush();
        await outbox.close();
        await queue.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** The database alone, its schema as it is. */
export function openDatabase(
  { databaseUrl, dataDir, log }: Pick<StorageOptions, 'databaseUrl' | 'dataDir' | 'log'>,
  onProgress: (message: string) => void,
): Promise<Database> {
  if (!databaseUrl) return openPglite({ dataDir, log, onProgress });

  onProgress(`Connecting to ${describeUrl(databaseUrl)}`);
  return openPostgres(databaseUrl, log);
}

function queuePlace({ redisUrl, databaseUrl }: StorageOptions, database: Database) {
  if (redisUrl) return { redisUrl };
  if (databaseUrl) return { databaseUrl };
  return { pglite: database as PgliteDatabase };
}

/** A job that is not here may be a newer node's: throwing leaves it for another attempt there. */
function findJob(jobs: readonly Job[], name: string): Job {
  const job = jobs.find(candidate => candidate.name === name);
  if (!job) throw new Error(`There is no job "${name}" in src/jobs/post-call-jobs.ts.`);
  return job;
}
