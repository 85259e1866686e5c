import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JobQueue, RunJob } from '../../jobs/job-queue.ts';
import type { JobSettings } from '../../jobs/job-settings.ts';
import { startWorker } from '../../worker-thread.ts';
import type { Database, Row } from '../database.ts';
import { lockFolder } from '../folder-lock.ts';
import type { Log } from '../log.ts';
import { connectRpc } from '../thread-rpc.ts';
import type { DatabaseThread, MainThread } from './protocol.ts';

export interface PgliteDatabase extends Database {
  readonly kind: 'pglite';
  /** The thread that PGlite runs in. */
  threadId(): Promise<number>;
  /** BullMQ on this database, in its thread. Close it before the database. At most once. */
  startJobs(settings: JobSettings, run: RunJob): Promise<JobQueue>;
}

export interface PgliteOptions {
  dataDir: string;
  log: Log;
  onProgress(message: string): void;
}

/**
 * Opens the records in `<dataDir>/pglite`, in a thread of their own. A new folder takes 3 to 5 s, an existing one half a
 * second. Throws `DATA_FOLDER_IN_USE` when another process has it.
 */
export async function openPglite({ dataDir, log, onProgress }: PgliteOptions): Promise<PgliteDatabase> {
  const folder = join(dataDir, 'pglite');
  const unlock = lockFolder(dataDir, join(dataDir, 'pglite.lock'));
  const worker = startWorker('./thread', import.meta.url);

  let runJob: RunJob = async job => {
    throw new Error(`The job ${job} came before anybody could run it.`);
  };
  const main: MainThread = {
    runJob: (job, payload) => runJob(job, payload),
    log: (level, fields, message) => log[level](fields, message),
  };
  const thread = connectRpc<DatabaseThread>(worker, main);
  worker.on('error', error => {
    log.error({ error: error.message }, 'The database thread failed');
    thread.fail(error);
  });
  worker.on('exit', () => thread.fail(new Error('The database thread has ended.')));

  try {
    const isNew = !existsSync(join(folder, 'PG_VERSION'));
    onProgress(
      isNew ? `Creating the records in ${folder} (a few seconds, once)` : `Opening the records in ${folder}`,
    );
    await thread.call('open', folder);
    onProgress('The records are open');
  } catch (error) {
    await worker.terminate();
    unlock();
    throw error;
  }

  return {
    kind: 'pglite',
    query: async <R extends Row>(text: string, params: readonly unknown[] = []) =>
      (await thread.call('query', null, text, params)) as R[],

    async transaction(work) {
      const id = await thread.call('begin');
      try {
        const value = await work({
          query: async <R extends Row>(text: string, params: readonly unknown[] = []) =>
            (await thread.call('query', id, text, params)) as R[],
        });
        await thread.call('end', id, 'commit');
        return value;
      } catch (error) {
        await thread.call('end', id, 'rollback').catch(() => {});
        throw error;
      }
    },

    threadId: () => thread.call('threadId'),

    async startJobs(settings, run) {
      runJob = run;
      await thread.call('startJobs', settings);
      return {
        enqueue: (job, payload, jobId) => thread.call('enqueue', job, payload, jobId),
        close: () => thread.call('stopJobs'),
      };
    },

    async close() {
      try {
        await thread.call('close');
      } finally {
        await worker.terminate();
        unlock();
      }
    },
  };
}
