import type { Clock } from '../../runtime/clock.ts';
import type { Database } from '../storage/database.ts';
import { toPlainText } from '../storage/json-text.ts';
import type { Log } from '../storage/log.ts';
import type { JobPayload } from './define-job.ts';
import { type JobQueue, jobIdFor } from './job-queue.ts';
import { repeatEvery } from './repeat-every.ts';

const SWEEP_MS = 10_000;
const BATCH_ROWS = 100;

export interface OutboxOptions {
  database: Database;
  queue: JobQueue;
  clock: Clock;
  log: Log;
}

export interface Outbox {
  /** Hands a finished call's jobs to the queue. Never throws: what fails is left to the next sweep. */
  dispatch(callId: string): Promise<void>;
  /** Hands over what is still undispatched, of any call and any node. Returns how many rows it dispatched. */
  sweep(): Promise<number>;
  /** Ends the sweeps, and waits for dispatches under way. */
  close(): Promise<void>;
}

type OutboxRow = { id: string; call_id: string; job: string; payload: JobPayload };

const WAITING = 'select id::text, call_id, job, payload from aybiza.outbox where dispatched_at is null';

/**
 * Carries the jobs that finished calls owe from the records to the queue: at once, when it opens, and periodically. A
 * process that dies between the two steps of a dispatch causes a second one, whose job the queue knows by its id.
 */
export function openOutbox({ database, queue, clock, log }: OutboxOptions): Outbox {
  const underWay = new Set<Promise<unknown>>();

  async function dispatchRows(rows: readonly OutboxRow[]): Promise<number> {
    let dispatched = 0;
    for (const row of rows) {
      try {
        await queue.enqueue(row.job, row.payload, jobIdFor(row.job, row.call_id));
        await database.query('update aybiza.outbox set dispatched_at = now() where id = $1::bigint', [
          row.id,
        ]);
        dispatched++;
      } catch (error) {
        log.warn(
          { callId: row.call_id, job: row.job, error: (error as Error).message },
          'A job could not be enqueued and waits in the outbox',
        );
      }
    }
    return dispatched;
  }

  async function sweep(): Promise<number> {
    let total = 0;
    for (;;) {
      const rows = await database.query<OutboxRow>(`${WAITING} order by id limit ${BATCH_ROWS}`);
      const dispatched = await dispatchRows(rows);
      total += dispatched;
      // A batch with failures would come again at once.
      if (dispatched < BATCH_ROWS) return total;
    }
  }

  function track<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    const forget = () => underWay.delete(work);
    work.then(forget, forget);
    return work;
  }

  function sweepFailed(error: Error): void {
    log.warn({ error: error.message }, 'The outbox could not be swept');
  }

  const first = track(sweep()).catch(sweepFailed);
  const sweeps = repeatEvery(SWEEP_MS, () => track(sweep()), { clock, failed: sweepFailed });

  return {
    dispatch: callId =>
      track(
        database
          .query<OutboxRow>(`${WAITING} and call_id = $1 order by id`, [toPlainText(callId)])
          .then(dispatchRows)
          .then(() => {}, sweepFailed),
      ),
    sweep: () => track(sweep()),
    async close() {
      await sweeps.stop();
      await first;
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}
