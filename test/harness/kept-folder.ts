import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PLACE = fileURLToPath(new URL('../../node_modules/.cache/aybiza-tests/', import.meta.url));
/** After its last use. */
const KEPT_FOR_MS = 24 * 60 * 60_000;

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

function removeOld(): void {
  const names = readdirSync(PLACE);
  for (const folder of names.map(name => join(PLACE, name))) {
    const ageMs = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > KEPT_FOR_MS) rmSync(folder, { recursive: true, force: true });
  }
}
