import { parentPort, threadId } from 'node:worker_threads';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import { systemClock } from '../../../runtime/clock.ts';
import type { JobQueue } from '../../jobs/job-queue.ts';
import type { Row } from '../database.ts';
import type { Log } from '../log.ts';
import { connectRpc } from '../thread-rpc.ts';
import { PglitePool } from './pool.ts';
import type { DatabaseThread, MainThread } from './protocol.ts';

/**
 * The database thread: PGlite is PostgreSQL compiled to WebAssembly and computes on the thread that calls it, so it must
 * stay away from the audio. BullMQ's queue and worker live beside it; the jobs themselves run on the main thread.
 */

interface OpenTransaction {
  tx: Transaction;
  decide(verdict: 'commit' | 'rollback'): void;
  ended: Promise<unknown>;
}

let pglite: PGlite;
let pool: PglitePool | undefined;
let jobs: JobQueue | undefined;
const transactions = new Map<number, OpenTransaction>();
let lastTransaction = 0;

const main = connectRpc<MainThread>(parentPort!, {
  async open(folder) {
    pglite = await PGlite.create(folder);
  },

  async query(transaction, text, params) {
    const session = transaction === null ? pglite : transactions.get(transaction)!.tx;
    if (params.length > 0) return (await session.query<Row>(text, [...params])).rows;
    return ((await session.exec(text)).at(-1)?.rows ?? []) as Row[];
  },

  begin() {
    return new Promise<number>((opened, failed) => {
      const id = ++lastTransaction;
      const ended = pglite.transaction(async tx => {
        const verdict = await new Promise<'commit' | 'rollback'>(decide => {
          // `ended` is set by now: PGlite calls back asynchronously.
          queueMicrotask(() => {
            transactions.set(id, { tx, decide, ended });
            opened(id);
          });
        });
        if (verdict === 'rollback') await tx.rollback();
      });
      ended.catch(failed);
    });
  },

  async end(transaction, verdict) {
    const { decide, ended } = transactions.get(transaction)!;
    transactions.delete(transaction);
    decide(verdict);
    await ended;
  },

  async startJobs(settings) {
    // Half a second to load, which commands that look at records alone do without.
    const [{ createPostgresBackend, runMigrations }, { startBullmq }] = await Promise.all([
      import('bullmq'),
      import('../../jobs/bullmq.ts'),
    ]);
    pool = new PglitePool(pglite);
    await runMigrations(await pool.connect(), 'bullmq');
    // The session is shared; our own SQL names its schema everywhere.
    await pglite.exec('set search_path to bullmq, public');
    jobs = await startBullmq({
      connections: { queue: pool, worker: pool },
      backend: createPostgresBackend,
      settings,
      clock: systemClock,
      log: remoteLog,
      run: (job, payload) => main.call('runJob', job, payload),
    });
  },

  enqueue: (job, payload, jobId) => jobs!.enqueue(job, payload, jobId),

  async stopJobs() {
    await jobs?.close();
    await pool?.end();
  },

  close: () => pglite.close(),

  threadId: () => threadId,
} satisfies DatabaseThread);

const remoteLog: Log = {
  info: (fields, message) => void main.call('log', 'info', fields, message),
  warn: (fields, message) => void main.call('log', 'warn', fields, message),
  error: (fields, message) => void main.call('log', 'error', fields, message),
};
