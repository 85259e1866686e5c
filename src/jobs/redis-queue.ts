import { createRedisBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Log } from '../storage/log.ts';
import { describeFailure, describeUrl, StorageError } from '../storage/storage-error.ts';
import { startBullmq } from './bullmq.ts';
import type { JobQueue, QueueOptions } from './job-queue.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 5_000;

interface ConnectionLimits {
  maxRetriesPerRequest: number | null;
  enableOfflineQueue?: boolean;
  commandTimeout?: number;
}

/** BullMQ on Redis 6.2 or newer. Throws `REDIS_UNREACHABLE`. */
export async function openRedisQueue(redisUrl: string, options: QueueOptions): Promise<JobQueue> {
  await assertReachable(redisUrl);

  // The outbox keeps what cannot be enqueued, so the producer fails at once instead of piling commands up in memory.
  const producer = connect(redisUrl, options.log, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
  });
  // BullMQ demands this of a worker: it waits for jobs through any number of reconnections.
  const consumer = connect(redisUrl, options.log, { maxRetriesPerRequest: null });
  function disconnect(): void {
    producer.disconnect();
    consumer.disconnect();
  }

  try {
    await Promise.all([producer.connect(), consumer.connect()]);
    const jobs = await startBullmq({
      ...options,
      connections: { queue: producer, worker: consumer },
      backend: createRedisBackend,
    });
    return { enqueue: jobs.enqueue, close: () => jobs.close().finally(disconnect) };
  } catch (error) {
    disconnect();
    throw error;
  }
}

async function assertReachable(redisUrl: string): Promise<void> {
  let probe: Redis | undefined;
  let failure: Error | undefined;
  try {
    probe = new Redis(redisUrl, {
      lazyConnect: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    // The rejection of `connect` only says that the connection closed; the event says why.
    probe.on('error', error => {
      failure = error;
    });
    await probe.connect();
    await probe.ping();
  } catch (error) {
    throw new StorageError(
      'REDIS_UNREACHABLE',
      `Redis cannot be used at ${describeUrl(redisUrl)}: ${describeFailure(failure ?? error, redisUrl)}. Check ` +
        `REDIS_URL and that the server runs, or unset it to keep jobs with the records.`,
    );
  } finally {
    probe?.disconnect();
  }
}

function connect(redisUrl: string, log: Log, options: ConnectionLimits): Redis {
  const redis = new Redis(redisUrl, { lazyConnect: true, connectTimeout: CONNECT_TIMEOUT_MS, ...options });
  redis.on('error', error =>
    log.warn({ error: describeFailure(error, redisUrl) }, 'Redis connection failed'),
  );
  return redis;
}
