import { cpSync } from 'node:fs';
import { prepareSphinx } from '../../src/providers/embedded/recognition/sphinx-package.ts';
import { layEmptyRecords } from './empty-records.ts';
import { keptFolder, keyOf } from './kept-folder.ts';

/** Made from the package that the lockfile names, in the way that this file does it. */
const MADE_OF = ['package-lock.json', 'src/providers/embedded/recognition/sphinx-package.ts'];

/** Puts into `dataDir` what a first start of the product makes there, before any migration. */
export async function layFirstStart(dataDir: string): Promise<void> {
  await layEmptyRecords(dataDir);
  await layRepairedEars(dataDir);
}

/** Puts the repaired decoder of a first start into `dataDir`: repairing it takes a second of computing. */
export async function layRepairedEars(dataDir: string): Promise<void> {
  const kept = await keptFolder('ears', keyOf(MADE_OF), async folder => {
    await prepareSphinx(folder);
  });
  cpSync(kept, dataDir, { recursive: true });
}
