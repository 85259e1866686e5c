import { Redis } from 'ioredis';
import type { Log } from '../../storage/log.ts';
import { describeFailure } from '../../storage/storage-error.ts';
import { ownerPartOf, type ReplyKey } from './reply-key.ts';
import type { ResponseStore } from './store.ts';

export interface RedisStoreOptions {
  redisUrl: string;
  log: Log;
  /** Replies of one company at most that this process has set; the oldest makes room. */
  perOwner: number;
  /** Before every key. Default `aybiza:reply:`. */
  prefix?: string;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Whoever asks has gone on long before; this only clears away what Redis never answered. */
const COMMAND_TIMEOUT_MS = 1_000;
const SCAN_COUNT = 500;

/**
 * Redis, shared by all nodes; it forgets by itself when a reply's time is over. Opening never fails: while Redis cannot be
 * reached every question is asked of a model, and the log says so once.
 */
export function openRedisStore({
  redisUrl,
  log,
  perOwner,
  prefix = 'aybiza:reply:',
}: RedisStoreOptions): ResponseStore {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  let isDown = false;
  redis.on('error', error => {
    if (!isDown)
      log.warn({ error: describeFailure(error, redisUrl) }, 'Replies are not cached: Redis fails.');
    isDown = true;
  });
  redis.on('ready', () => {
    isDown = false;
  });
  // The event says what is wrong; ioredis goes on trying.
  redis.connect().catch(() => {});

  /** In the order in which they were set. */
  const shares = new Map<string, Set<ReplyKey>>();

  function makeRoom(key: ReplyKey): ReplyKey[] {
    const owner = ownerPartOf(key);
    const share = shares.get(owner) ?? new Set<ReplyKey>();
    shares.set(owner, share);
    share.delete(key);
    share.add(key);
    const [oldest] = share;
    if (share.size <= perOwner || oldest === undefined) return [];
    share.delete(oldest);
    return [oldest];
  }

  return {
    name: 'redis',

    get: key => redis.get(prefix + key),

    async set(key, value, ttlMs) {
      const gone = makeRoom(key);
      await redis.set(prefix + key, value, 'PX', Math.ceil(ttlMs));
      if (gone.length > 0) await redis.unlink(gone.map(each => prefix + each));
    },

    async forget(flowPart) {
      const stream = redis.scanStream({ match: `${prefix}*/${flowPart}/*`, count: SCAN_COUNT });
      for await (const keys of stream as AsyncIterable<string[]>)
        if (keys.length > 0) await redis.unlink(keys);
    },

    async close() {
      redis.disconnect();
    },
  };
}
