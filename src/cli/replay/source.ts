import { storedFlow } from '../../flows/stored-versions.ts';
import type { CallSource } from '../../replay/call-source.ts';
import { servedCalls } from '../../replay/served-calls.ts';
import { storedCalls } from '../../replay/stored-calls.ts';
import type { Secret } from '../../secret.ts';
import { CallStore } from '../../storage/call-store.ts';
import type { Database } from '../../storage/database.ts';
import { findRecords, type RecordsOptions } from '../records.ts';

export interface SourceOptions extends RecordsOptions {
  apiKey: Secret | null;
}

/** Recorded calls, from wherever the records are. */
export async function openCallSource({ apiKey, ...options }: SourceOptions): Promise<CallSource> {
  const records = await findRecords(options);
  if (records.kind === 'served') return servedCalls(records.url, apiKey);

  const { database, place } = records;
  const keepsFlows = await hasFlows(database).catch(async error => {
    await database.close();
    throw error;
  });
  // Reads alone: nothing ends here that would owe a job.
  return storedCalls(new CallStore(database, { postCallJobs: [] }), {
    place,
    flowOfVersion: async (name, version, present) =>
      keepsFlows ? storedFlow(database, name, version, present) : null,
    close: () => database.close(),
  });
}

/** Records of before versions of flows were kept have none. */
async function hasFlows(database: Database): Promise<boolean> {
  const [found] = await database.query<{ flows: string | null }>(
    `select to_regclass('aybiza.flows')::text as flows`,
  );
  return Boolean(found?.flows);
}
