import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { filesOf, keptFolder, keyOf, ROOT } from '../harness/kept-folder.ts';

const PAGES = 'visualizations/console';

/** The folder with the pages as `npm run build` makes them of the source of this moment. */
export async function builtConsole(): Promise<string> {
  return keptFolder('console', keyOf([...filesOf(PAGES), 'package-lock.json']), async folder => {
    const { build } = await import('vite');
    await build({
      root: join(ROOT, PAGES),
      configFile: join(ROOT, PAGES, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true },
    });
  });
}

/** Of every file of the build, as a server sends it. */
export async function compressedBytes(folder: string): Promise<number> {
  let total = 0;
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (file.isFile()) total += gzipSync(await readFile(join(file.parentPath, file.name))).length;
  return total;
}
