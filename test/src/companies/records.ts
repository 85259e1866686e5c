import type { Database } from '../../../src/storage/database.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { openPglite } from '../../../src/storage/pglite/database.ts';
import { openPostgres } from '../../../src/storage/postgres-database.ts';
import { backends } from '../storage/backends.ts';
import { keptLog } from '../storage/watched-jobs.ts';

/** Where companies are kept; Redis has no part in it. */
export const recordBackends = backends.filter(backend => backend.name !== 'Redis');

/** Empty records, and their removal. */
export async function openRecords(backend: (typeof backends)[number]) {
  const { place, remove } = await backend.prepare();
  const log = keptLog();
  const database: Database = place.databaseUrl
    ? await openPostgres(place.databaseUrl, log)
    : await openPglite({ dataDir: place.dataDir, log, onProgress() {} });
  await migrate(database);
  return {
    database,
    async remove() {
      await database.close();
      await remove();
    },
  };
}

/** Everything that any table of companies holds, as text. */
export async function dump(database: Database): Promise<string> {
  const tables = ['companies', 'company_keys', 'model_usage', 'usage_days', 'usage_limits', 'usage_alerts'];
  const rows = await Promise.all(
    tables.map(table => database.query(`select row_to_json(t)::text as row from aybiza.${table} t`)),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}
