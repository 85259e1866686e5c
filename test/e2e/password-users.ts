import { Redis } from 'ioredis';
import pg from 'pg';
import { onTestFinished } from 'vitest';

/** A user with this password, until the test is over; the URL with both. */
export async function databaseUser(databaseUrl: string, password: string): Promise<string> {
  const name = `canary_${Date.now()}`;
  const run = async (sql: string) => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`create role ${name} login superuser password '${password}'`);
  onTestFinished(() => run(`reassign owned by ${name} to current_user; drop role ${name}`));
  return withUser(databaseUrl, name, password);
}

/** The same at Redis. */
export async function redisUser(redisUrl: string, password: string): Promise<string> {
  const redis = new Redis(redisUrl);
  await redis.call('ACL', 'SETUSER', 'canary', 'on', `>${password}`, '~*', '&*', '+@all');
  onTestFinished(async () => {
    await redis.call('ACL', 'DELUSER', 'canary');
    redis.disconnect();
  });
  return withUser(redisUrl, 'canary', password);
}

function withUser(url: string, name: string, password: string): string {
  const changed = new URL(url);
  changed.username = name;
  changed.password = encodeURIComponent(password);
  return changed.href;
}
