import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { createLogger } from '../log.ts';
import { isLoopbackHost } from '../loopback.ts';
import { secretsIn } from '../secret.ts';
import type { Database } from '../storage/database.ts';
import { openDatabase } from '../storage/open.ts';
import { describeUrl, StorageError } from '../storage/storage-error.ts';

const ANSWER_WITHIN_MS = 2_000;

/** Where the records of calls are: open here, or behind a running server. */
export type Records = { kind: 'kept'; database: Database; place: string } | { kind: 'served'; url: string };

export interface RecordsOptions {
  config: Config;
  /** A server to read through; null: the records that the settings name. */
  serverUrl: string | null;
  /** Says what is done instead of what was asked. */
  tell(message: string): void;
}

/**
 * The records as a server with these settings would keep them. Where a running server has the embedded records open, they
 * are read through that server.
 */
export async function findRecords({ config, serverUrl, tell }: RecordsOptions): Promise<Records> {
  if (serverUrl) return { kind: 'served', url: serverUrl };

  const { dataDir, databaseUrl } = config;
  const host = isLoopbackHost(config.host) ? config.host : '127.0.0.1';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${config.port || 8080}`;
  const folder = join(dataDir, 'pglite');
  if (!databaseUrl && !existsSync(join(folder, 'PG_VERSION'))) {
    if (await isServer(url)) {
      tell(`There are no records in ${folder}; reading through the server at ${url}.`);
      return { kind: 'served', url };
    }
    throw new Error(
      `There are no records in ${folder}. Set AYBIZA_DATA_DIR or DATABASE_URL as for the server, or name the server ` +
        'with --server or AYBIZA_URL.',
    );
  }
  try {
    const place = databaseUrl ? describeUrl(databaseUrl.reveal()) : folder;
    return { kind: 'kept', database: await openRecords(config, place), place };
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'DATA_FOLDER_IN_USE') throw error;
    if (!(await isServer(url)))
      throw new StorageError(
        error.code,
        `The records in ${folder} are open in a running server, and none answers at ${url}. Name its address with ` +
          '--server or AYBIZA_URL, with API_KEY if it has one; or stop it.',
      );
    tell(`A running server has the records in ${folder} open; reading through ${url}.`);
    return { kind: 'served', url };
  }
}

async function openRecords(config: Config, place: string): Promise<Database> {
  const { databaseUrl, dataDir } = config;
  const log = createLogger({ level: 'error', node: config.node, secrets: secretsIn(config) });
  const database = await openDatabase({ databaseUrl: databaseUrl?.reveal(), dataDir, log }, () => {});
  try {
    const [found] = await database.query<{ calls: string | null }>(
      `select to_regclass('aybiza.calls')::text as calls`,
    );
    if (!found?.calls) throw new Error(`There are no calls in ${place}: no server has kept any there yet.`);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function isServer(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    const health = (await response.json()) as { transport?: unknown };
    return health.transport !== undefined;
  } catch {
    return false;
  }
}
