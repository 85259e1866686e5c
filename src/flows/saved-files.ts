import { existsSync, watch } from 'node:fs';
import { basename } from 'node:path';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';

export interface SavedFilesOptions {
  clock: Clock;
  /** Whether a file of this name matters. */
  concerns(name: string): boolean;
  /** The process stays for it. Default false. */
  isPersistent?: boolean;
}

/** Editors save in several steps. */
const SETTLED_MS = 150;

/** Tells when files in the folders have been saved, once for all that come together. Folders that are not there are left out. Returns how to stop. */
export function onSavedFiles(
  folders: readonly string[],
  { clock, concerns, isPersistent = false }: SavedFilesOptions,
  tell: () => void,
): () => void {
  let timer: TimerHandle = null;
  const onChange = (_: string, file: string | null) => {
    if (file !== null && !concerns(basename(file))) return;
    clock.clearTimeout(timer);
    timer = clock.setTimeout(tell, SETTLED_MS);
  };
  const watchers = [...new Set(folders)]
    .filter(existsSync)
    .map(folder => watch(folder, { persistent: isPersistent }, onChange));
  return () => {
    clock.clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
