import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PLACE = join(ROOT, 'node_modules/.cache/aybiza-tests');
/** After its last use. */
const KEPT_FOR_MS = 3 * 60 * 60_000;

/**
 * A folder that is dear to make and the same for every test: the first one that asks makes it, all others find it. Nobody
 * may write in it. `key` says what it is made of.
 */
export async function keptFolder(
  name: string,
  key: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(PLACE, `${name}-${key}`);
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return folder;
  }

  mkdirSync(PLACE, { recursive: true });
  removeOld();
  const draft = mkdtempSync(join(PLACE, 'draft-'));
  try {
    await make(draft);
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Somebody else may have been quicker.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Of these files' names and contents; paths from the root. */
export function keyOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  return hash.digest('hex').slice(0, 20);
}

/** All files of a folder, in order; paths from the root. */
export function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

function removeOld(): void {
  const names = readdirSync(PLACE);
  for (const folder of names.map(name => join(PLACE, name))) {
    const ageMs = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > KEPT_FOR_MS) rmSync(folder, { recursive: true, force: true });
  }
}
