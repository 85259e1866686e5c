import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The nearest folder above with a package.json: the same for source and for compiled code. */
export function packageFolder(): string {
  let folder = new URL('./', import.meta.url);
  while (!existsSync(new URL('package.json', folder)) && folder.pathname !== '/')
    folder = new URL('../', folder);
  return fileURLToPath(folder);
}
