import { cpSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keptFolder } from './kept-folder.ts';

const PACKAGE = new URL('../../node_modules/@electric-sql/pglite/', import.meta.url);
/** The threads that open PGlite compile it once, as long as somebody holds what was compiled. */
const held: WebAssembly.Module[] = [];

/**
 * Puts the records of a first start into `dataDir`, as PGlite makes them and before any migration: making them anew takes
 * four seconds of computing, which a test of something else need not wait for.
 */
export async function layEmptyRecords(dataDir: string): Promise<void> {
  if (held.length === 0)
    held.push(await WebAssembly.compile(await readFile(new URL('dist/pglite.wasm', PACKAGE))));
  const { version } = JSON.parse(await readFile(new URL('package.json', PACKAGE), 'utf8'));
  const kept = await keptFolder('pglite', version, async folder => {
    const { PGlite } = await import('@electric-sql/pglite');
    await (await PGlite.create(folder)).close();
  });
  // A thousand files: waiting for each by itself takes five times as long.
  cpSync(kept, join(dataDir, 'pglite'), { recursive: true });
}
