import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { storedFlow } from '../../flows/stored-versions.ts';
import { createLogger } from '../../log.ts';
import { isLoopbackHost } from '../../loopback.ts';
import type { CallSource } from '../../replay/call-source.ts';
import { servedCalls } from '../../replay/served-calls.ts';
import { storedCalls } from '../../replay/stored-calls.ts';
import { type Secret, secretsIn } from '../../secret.ts';
import { CallStore } from '../../storage/call-store.ts';
import { openDatabase } from '../../storage/open.ts';
import { describeUrl, StorageError } from '../../storage/storage-error.ts';

const ANSWER_WITHIN_MS = 2_000;

export interface SourceOptions {
  config: Config;
  /** A server to read through; null: the records that the settings name. */
  serverUrl: string | null;
  apiKey: Secret | null;
  /** Says what is done instead of what was asked. */
  tell(message: string): void;
}

/**
 * The records as a server with these settings would keep them. Where a running server has the embedded records open, they
 * are read through that server.
 */
export async function openCallSource({
  config,
  serverUrl,
  apiKey,
  tell,
}: SourceOptions): Promise<CallSource> {
  if (serverUrl) return servedCalls(serverUrl, apiKey);

  const { dataDir, databaseUrl } = config;
  const host = isLoopbackHost(config.host) ? config.host : '127.0.0.1';
  const server = `http://${host.includes(':') ? `[${host}]` : host}:${config.port || 8080}`;
  const folder = join(dataDir, 'pglite');
  if (!databaseUrl && !existsSync(join(folder, 'PG_VERSION'))) {
    if (await isServer(server)) {
      tell(`There are no records in ${folder}; reading through the server at ${server}.`);
      return servedCalls(server, apiKey);
    }
    throw new Error(
      `There are no records in ${folder}. Set AYBIZA_DATA_DIR or DATABASE_URL as for the server, or name the server ` +
        'with --server or AYBIZA_URL.',
    );
  }
  try {
    return await openRecords(config, databaseUrl ? describeUrl(databaseUrl.reveal()) : folder);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'DATA_FOLDER_IN_USE') throw error;
    if (!(await isServer(server)))
      throw new StorageError(
        error.code,
        `The records in ${folder} are open in a running server, and none answers at ${server}. Name its address with ` +
          '--server or AYBIZA_URL, with API_KEY if it has one; or stop it.',
      );
    tell(`A running server has the records in ${folder} open; reading through ${server}.`);
    return servedCalls(server, apiKey);
  }
}

async function openRecords(config: Config, place: string): Promise<CallSource> {
  const { databaseUrl, dataDir } = config;
  const log = createLogger({ level: 'error', node: config.node, secrets: secretsIn(config) });
  const database = await openDatabase({ databaseUrl: databaseUrl?.reveal(), dataDir, log }, () => {});
  let keepsFlows: boolean;
  try {
    const [found] = await database.query<{ calls: string | null; flows: string | null }>(
      `select to_regclass('aybiza.calls')::text as calls, to_regclass('aybiza.flows')::text as flows`,
    );
    keepsFlows = Boolean(found?.flows);
    if (!found?.calls) throw new Error(`There are no calls in ${place}: no server has kept any there yet.`);
  } catch (error) {
    await database.close();
    throw error;
  }
  // Reads alone: nothing ends here that would owe a job.
  return storedCalls(new CallStore(database, { postCallJobs: [] }), {
    place,
    flowOfVersion: async (name, version, present) =>
      keepsFlows ? storedFlow(database, name, version, present) : null,
    close: () => database.close(),
  });
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
