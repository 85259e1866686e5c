import pg from 'pg';
import type { Database, Queryable, Row } from './database.ts';
import type { Log } from './log.ts';
import { describeFailure, describeUrl, StorageError } from './storage-error.ts';

const MAX_CONNECTIONS = 5;
const CONNECT_TIMEOUT_MS = 5_000;

/** Opens the records on a PostgreSQL server (13 or newer). Throws `DATABASE_UNREACHABLE`. */
export async function openPostgres(databaseUrl: string, log: Log): Promise<Database> {
  const pool = await connectPool(databaseUrl, { max: MAX_CONNECTIONS }, log);

  return {
    kind: 'postgresql',
    query: (text, params) => run(pool, text, params),
    transaction: work => inTransaction(pool, work),
    close: () => pool.end(),
  };
}

/** A pool that has reached its server once. `DATABASE_UNREACHABLE` names the setting and hides the password. */
export async function connectPool(databaseUrl: string, config: pg.PoolConfig, log: Log): Promise<pg.Pool> {
  let pool: pg.Pool | undefined;
  try {
    pool = new pg.Pool({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      ...config,
    });
    // Without a listener an idle connection that the server closes would end the process.
    pool.on('error', error =>
      log.warn({ error: describeFailure(error, databaseUrl) }, 'PostgreSQL connection lost'),
    );
    await pool.query('select 1');
    return pool;
  } catch (error) {
    await pool?.end().catch(() => {});
    throw new StorageError(
      'DATABASE_UNREACHABLE',
      `PostgreSQL cannot be used at ${describeUrl(databaseUrl)}: ${describeFailure(error, databaseUrl)}. Check ` +
        `DATABASE_URL and that the server runs, or unset it to keep the records in the data folder.`,
    );
  }
}

type Session = pg.Pool | pg.PoolClient;

async function run<R extends Row>(session: Session, text: string, params?: readonly unknown[]): Promise<R[]> {
  const result = await session.query<R>(text, params?.length ? [...params] : undefined);
  // Several statements in one text give an array of results, which the driver's types leave out.
  const last = Array.isArray(result) ? (result.at(-1) as pg.QueryResult<R>) : result;
  return last.rows;
}

async function inTransaction<T>(pool: pg.Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const value = await work({ query: (text, params) => run(client, text, params) });
    await client.query('commit');
    return value;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    // A client that could not roll back must not serve anybody else.
    client.release(broken);
  }
}
