import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../runtime/clock.ts';
import { openRedisStore } from '../../../../src/language/cache/redis-store.ts';
import type { ResponseStore } from '../../../../src/language/cache/store.ts';
import { TimelyStore } from '../../../../src/language/cache/timely-store.ts';
import { cacheUnderTest, firstWords, isFromCache, replyTo } from './cache-under-test.ts';

const redisUrl = process.env.TEST_REDIS_URL ?? '';
const log = { info() {}, warn() {}, error() {} };

describe.skipIf(!redisUrl)('replies on Redis', () => {
  const prefix = `test-${randomUUID()}:`;
  const opened: ResponseStore[] = [];
  const openStore = async (perOwner = 5) => {
    const store = openRedisStore({ redisUrl, log, perOwner, prefix });
    opened.push(store);
    // Until the connection is there nothing is given.
    await expect.poll(() => store.get('a/b/c').catch(() => 'not yet'), { timeout: 10_000 }).toBeNull();
    return store;
  };

  afterEach(async () => {
    await Promise.all(opened.splice(0).map(store => store.close()));
    const redis = new Redis(redisUrl);
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.unlink(keys);
    redis.disconnect();
  });

  async function onServer<T>(look: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(redisUrl);
    return look(redis).finally(() => redis.disconnect());
  }

  test('are shared by all nodes, until Redis forgets them by itself', async () => {
    const [one, other] = [await openStore(), await openStore()];
    await one.set('o/f/q', 'kept', 60_000);
    expect(await other.get('o/f/q')).toBe('kept');
    const leftMs = await onServer(redis => redis.pttl(`${prefix}o/f/q`));
    expect(leftMs).toBeGreaterThan(50_000);
    expect(leftMs).toBeLessThanOrEqual(60_000);
    await one.set('o/f/brief', 'kept', 1);
    await expect.poll(() => other.get('o/f/brief')).toBeNull();
  });

  test('answer a caller of another node, and hold no words of the one who asked', async () => {
    const stores = [await openStore(), await openStore()];
    const nodes = stores.map(store => cacheUnderTest({ store: () => store }));
    const [here, there] = nodes.map(({ agent }) => agent());
    await replyTo(here!, firstWords('do you have a zebra crossing'));
    await expect.poll(() => onServer(redis => redis.keys(`${prefix}*`))).toHaveLength(1);
    expect(isFromCache(await replyTo(there!, firstWords('um do you have a zebra crossing please')))).toBe(
      true,
    );

    const [key] = await onServer(redis => redis.keys(`${prefix}*`));
    const value = await onServer(redis => redis.get(key!));
    expect(`${key} ${value}`).not.toMatch(/zebra|crossing|acme/);
  });

  test('go when their flow is published, and no others', async () => {
    const store = await openStore(2_000);
    for (let n = 0; n < 600; n++) await store.set(`owner${n % 7}/flow/${n}`, 'old', 60_000);
    await store.set('owner1/other/1', 'stays', 60_000);
    await store.forget?.('flow');
    expect(await onServer(redis => redis.keys(`${prefix}*`))).toEqual([`${prefix}owner1/other/1`]);
  });

  test('of one company make room for its own alone', async () => {
    const store = await openStore(2);
    await store.set('theirs/f/1', 'kept', 60_000);
    for (const n of [1, 2, 3]) await store.set(`ours/f/${n}`, 'kept', 60_000);
    const kept = await onServer(redis => redis.keys(`${prefix}*`));
    expect(kept.map(key => key.slice(prefix.length)).sort()).toEqual(['ours/f/2', 'ours/f/3', 'theirs/f/1']);
  });
});

test('a Redis that takes connections and never answers delays nobody, and closes', async () => {
  const silent = createServer(() => {});
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const store = openRedisStore({ redisUrl: `redis://127.0.0.1:${port}`, log, perOwner: 5 });
  const timely = new TimelyStore({ store, clock: systemClock, limitMs: 15, failed() {} });
  const found = [];
  for (let n = 0; n < 4; n++) found.push(await timely.get('o/f/q'));
  // Refused at once while the connection is not ready, late once it seems to be; never an error.
  expect(found.slice(0, 3).every(each => each === 'storeFailed' || each === 'storeLate')).toBe(true);
  expect(found[3]).toBe('storeResting');
  timely.set('o/f/q', 'x', 1_000);
  await timely.close();
  silent.close();
});

test('a Redis that is not there is told of once, without its password', async () => {
  const told: string[] = [];
  const warn = (fields: object, message: string) => void told.push(`${message} ${JSON.stringify(fields)}`);
  const redisUrl = 'redis://someone:planted-password@127.0.0.1:9/0';
  const store = openRedisStore({ redisUrl, log: { ...log, warn }, perOwner: 5 });
  await expect.poll(() => told.length, { timeout: 10_000 }).toBe(1);
  await expect(store.get('o/f/q')).rejects.toThrow();
  expect(told[0]).toContain('Redis fails');
  expect(told[0]).not.toContain('planted-password');
  await store.close();
});
