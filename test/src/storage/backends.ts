import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { JobSettings } from '../../../src/jobs/job-settings.ts';
import type { StorageOptions } from '../../../src/storage/open.ts';
import { layEmptyRecords } from '../../harness/empty-records.ts';

export type Place = Pick<StorageOptions, 'databaseUrl' | 'redisUrl' | 'dataDir'> & {
  jobSettings: Partial<JobSettings>;
};

export interface Backend {
  name: string;
  /** Its server is not configured. */
  absent: boolean;
  /** A place that no other test uses, and its removal. On a first start PGlite makes its records itself. */
  prepare(options?: { isFirstStart?: boolean }): Promise<{ place: Place; remove(): Promise<void> }>;
}

const databaseUrl = process.env.TEST_DATABASE_URL;
const redisUrl = process.env.TEST_REDIS_URL;

/** PGlite always; the servers when TEST_DATABASE_URL (a user who may create databases) and TEST_REDIS_URL are set. */
export const backends: readonly Backend[] = [
  { name: 'PGlite', absent: false, prepare: options => prepare({}, options) },
  { name: 'PostgreSQL', absent: !databaseUrl, prepare: () => prepare({ databaseUrl }) },
  { name: 'Redis', absent: !redisUrl, prepare: () => prepare({ databaseUrl, redisUrl }) },
];

async function prepare(
  urls: { databaseUrl?: string | undefined; redisUrl?: string | undefined },
  { isFirstStart = false } = {},
) {
  const dataDir = await mkdtemp(join(tmpdir(), 'aybiza-storage-'));
  const database = urls.databaseUrl ? await createDatabase(urls.databaseUrl) : undefined;
  if (!urls.databaseUrl && !isFirstStart) await layEmptyRecords(dataDir);
  const redisPrefix = `test-${randomUUID()}`;

  const place: Place = {
    dataDir,
    databaseUrl: database?.url,
    redisUrl: urls.redisUrl,
    jobSettings: { redisPrefix, retryDelayMs: 5 },
  };
  return {
    place,
    async remove() {
      await database?.drop();
      if (urls.redisUrl) await removeKeys(urls.redisUrl, redisPrefix);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function createDatabase(serverUrl: string) {
  const name = `aybiza_test_${randomUUID().replaceAll('-', '')}`;
  await onServer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(serverUrl, `drop database ${name} with (force)`) };
}

async function onServer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}
