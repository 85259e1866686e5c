import { Redis } from 'ioredis';
import type { Queryable } from '../../src/storage/database.ts';

/** Every row of every table that is not the database's own, as text. */
export async function dumpDatabase(database: Queryable): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  const dumps: string[] = [];
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
    dumps.push(name, ...rows.map(({ row }) => row));
  }
  return dumps.join('\n');
}

/** Every key of a Redis server with what it holds, as text. */
export async function dumpRedis(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl);
  const read: Record<string, (key: string) => Promise<unknown>> = {
    string: key => redis.get(key),
    hash: key => redis.hgetall(key),
    list: key => redis.lrange(key, '0', '-1'),
    set: key => redis.smembers(key),
    zset: key => redis.zrange(key, '0', '-1'),
    stream: key => redis.xrange(key, '-', '+'),
  };
  const dumps: string[] = [];
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    dumps.push(`${key} ${JSON.stringify(await read[type]?.(key))}`);
  }
  redis.disconnect();
  return dumps.join('\n');
}
