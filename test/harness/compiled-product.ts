import { copyFile, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { filesOf, keptFolder, keyOf, ROOT } from './kept-folder.ts';

/** Programs of the tests among it. */
const CODE = ['machines', 'runtime', 'src', 'test/bench', 'test/harness', 'test/src/storage'];
/** What the product reads beside its compiled code, as it lies in its package. */
const BESIDE = ['machines', 'runtime', 'src', 'visualizations', 'dist/console'];

/**
 * The product's code of this moment, compiled, in a folder of the same shape as its package: a process starts from it in
 * half the time that one takes which compiles as it goes.
 */
export async function compiledProduct(): Promise<string> {
  const files = CODE.flatMap(filesOf).filter(file => !/\.(test\.ts|md)$/.test(file));
  return keptFolder('product', keyOf([...files, 'package.json', 'package-lock.json']), folder =>
    compile(folder, files),
  );
}

/** What Node runs in the place of this file of the repository. */
export async function compiledProgram(file: string): Promise<string> {
  return join(await compiledProduct(), 'dist', file.replace(/\.ts$/, '.js'));
}

async function compile(folder: string, files: readonly string[]): Promise<void> {
  const { build } = await import('esbuild');
  const isCode = (file: string) => file.endsWith('.ts');
  await build({
    absWorkingDir: ROOT,
    entryPoints: files.filter(isCode),
    outdir: join(folder, 'dist'),
    outbase: ROOT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.10',
    logLevel: 'error',
    plugins: [eachByItself],
  });
  for (const file of files.filter(each => !isCode(each))) {
    await mkdir(dirname(join(folder, 'dist', file)), { recursive: true });
    await copyFile(join(ROOT, file), join(folder, 'dist', file));
  }
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  for (const name of BESIDE) await symlink(join(ROOT, name), join(folder, name));
}

/** Every module stays one, under its own name. */
const eachByItself: Plugin = {
  name: 'each-by-itself',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === 'entry-point' ? null : { path: path.replace(/^(\..*)\.ts$/, '$1.js'), external: true },
    );
  },
};
