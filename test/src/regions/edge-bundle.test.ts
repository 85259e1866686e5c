import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const regions = fileURLToPath(new URL('../../../src/regions/regions.ts', import.meta.url));

it('What chooses regions needs no package and nothing of Node’s, and is small enough for the edge', async () => {
  // `neutral` knows no built-in modules: an import of one would fail.
  const { outputFiles, metafile } = await build({
    entryPoints: [regions],
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    minify: true,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  expect(Object.keys(metafile.inputs).filter(file => file.includes('node_modules'))).toEqual([]);
  expect(outputFiles[0]!.contents.byteLength).toBeLessThan(20_000);
});
