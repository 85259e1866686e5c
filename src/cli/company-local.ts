import { systemClock } from '../../runtime/clock.ts';
import { type CompanyAdministration, companyAdministration } from '../companies/administration.ts';
import { CompanyKeys } from '../companies/company-keys.ts';
import { openOpenRouterManagement } from '../companies/openrouter-management.ts';
import type { Config } from '../config.ts';
import { createLogger } from '../log.ts';
import { secretsIn } from '../secret.ts';
import { migrate } from '../storage/migrate.ts';
import { openDatabase } from '../storage/open.ts';
import { StorageError } from '../storage/storage-error.ts';

/** Works on the database that the settings name, as a server with them would. Throws what opening it throws. */
export async function administerHere<Result>(
  config: Config,
  work: (companies: CompanyAdministration) => Promise<Result>,
): Promise<Result> {
  const { databaseUrl, dataDir, companyMasterKey, companyFormerMasterKeys, openRouterManagementKey } = config;
  const clock = systemClock;
  const log = createLogger({ level: config.logLevel, node: config.node, secrets: secretsIn(config) });
  const place = { databaseUrl: databaseUrl?.reveal(), dataDir, log };
  const database = await openDatabase(place, () => {}).catch(explain);
  const management =
    openRouterManagementKey &&
    openOpenRouterManagement({
      managementKey: openRouterManagementKey,
      clock,
      ...(config.openRouter.url && { baseUrl: config.openRouter.url }),
    });
  try {
    await migrate(database);
    const keys =
      companyMasterKey &&
      new CompanyKeys({ database, masterKey: companyMasterKey, formerMasterKeys: companyFormerMasterKeys });
    return await work(companyAdministration({ database, clock, keys, management }));
  } finally {
    management?.close();
    await database.close();
  }
}

function explain(error: Error): never {
  if (!(error instanceof StorageError) || error.code !== 'DATA_FOLDER_IN_USE') throw error;
  throw new StorageError(
    error.code,
    `${error.message} A running server does this, too: name it with --server, as --server http://127.0.0.1:8080.`,
  );
}
