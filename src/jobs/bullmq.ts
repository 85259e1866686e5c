import { type BackendFactory, type Job, Queue, Worker } from 'bullmq';
import { settlesWithin } from '../settles-within.ts';
import { breakHotLoop } from './break-hot-loop.ts';
import type { JobPayload } from './define-job.ts';
import type { JobQueue, QueueOptions } from './job-queue.ts';

const QUEUE_NAME = 'post-call';
const DAY_S = 24 * 60 * 60;

/** Finished jobs stay a while: people look at them, and their ids keep a repeated dispatch from running again. */
const KEEP_COMPLETED = { age: DAY_S, count: 10_000 };
const KEEP_FAILED = { age: 30 * DAY_S, count: 10_000 };

export interface BullmqOptions extends QueueOptions {
  /**
   * As BullMQ takes them: ioredis clients, or pools of PostgreSQL. Whoever made them cuts them after the queue closed.
   */
  connections: { queue: unknown; worker: unknown };
  /** `createRedisBackend` or `createPostgresBackend`. */
  // biome-ignore lint/suspicious/noExplicitAny: BullMQ's factories differ in their connection type alone.
  backend: BackendFactory<any, any>;
}

/** A queue and its worker, ready. Worker events are used, never `QueueEvents`: those lose events on PostgreSQL. */
export async function startBullmq(options: BullmqOptions): Promise<JobQueue> {
  const { connections, backend, settings, clock, log, run } = options;
  const shared = { prefix: settings.redisPrefix };
  const queue = new Queue(QUEUE_NAME, { ...shared, connection: connections.queue as never }, backend);
  const worker = new Worker<JobPayload>(
    QUEUE_NAME,
    job => run(job.name, job.data),
    {
      ...shared,
      connection: connections.worker as never,
      concurrency: settings.concurrency,
      lockDuration: settings.lockMs,
      stalledInterval: settings.lockMs,
      // BullMQ gives a job up when its process has died twice; a series of restarts must not cost a report.
      maxStalledCount: settings.attempts,
    },
    backend,
  );

  queue.on('error', error => log.warn({ error: error.message }, 'The job queue reported an error'));
  const breaker = breakHotLoop(worker, clock, log);
  worker.on('failed', (job, error) => reportFailure(job, error));
  worker.on('stalled', jobId => log.warn({ jobId }, 'A job was abandoned by its process and starts again'));

  function reportFailure(job: Job<JobPayload> | undefined, error: Error): void {
    const fields = { job: job?.name, jobId: job?.id, attempt: job?.attemptsMade, error: error.message };
    if (job && job.attemptsMade < (job.opts.attempts ?? 1))
      log.warn(fields, 'A job failed and will be tried again');
    else log.error(fields, 'A job failed for good');
  }

  async function close(): Promise<void> {
    breaker.stop();
    const closing = worker.close().then(() => queue.close());
    // BullMQ waits for a server that is away without end.
    if (await settlesWithin(closing, settings.closeTimeoutMs, clock)) return;
    log.warn({}, 'The job queue did not close in time; jobs that still run will run again');
    // Gives back the connection that the worker listens on, for which its pool would wait.
    for (const part of [worker, queue]) part.disconnect().catch(() => {});
  }

  try {
    // BullMQ remembers a failed readiness for ever, so a queue that does not begin well never works.
    await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    async enqueue(job, payload, jobId) {
      await queue.add(job, payload, {
        jobId,
        attempts: settings.attempts,
        backoff: { type: 'exponential', delay: settings.retryDelayMs },
        removeOnComplete: KEEP_COMPLETED,
        removeOnFail: KEEP_FAILED,
      });
    },

    close,
  };
}
