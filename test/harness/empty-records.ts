import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { keptFolder } from './kept-folder.ts';

const PACKAGE = new URL('../../node_modules/@electric-sql/pglite/package.json', import.meta.url);

/**
 * Puts the records of a first start into `dataDir`, as PGlite makes them and before any migration: making them anew takes
 * four seconds of computing, which a test of something else need not wait for.
 */
export async function layEmptyRecords(dataDir: string): Promise<void> {
  const { version } = JSON.parse(await readFile(PACKAGE, 'utf8')) as { version: string };
  const kept = await keptFolder('pglite', version, async folder => {
    await (await PGlite.create(folder)).close();
  });
  await cp(kept, join(dataDir, 'pglite'), { recursive: true });
}
