import { existsSync, watch } from 'node:fs';
import { dirname, extname } from 'node:path';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { flowEndings } from '../flows/flow-file.ts';
import { partsFolder } from '../flows/flows.ts';

/** Editors save in several steps. */
const SETTLED_MS = 150;

/** Tells when a flow in the folder of `file`, or a part of one, has been saved. Returns how to stop. */
export function watchFlow(file: string, clock: Clock, onSaved: () => void): () => void {
  let timer: TimerHandle = null;
  const onChange = (_: string, changed: string | null) => {
    if (changed !== null && !flowEndings.some(ending => extname(changed) === ending)) return;
    clock.clearTimeout(timer);
    timer = clock.setTimeout(onSaved, SETTLED_MS);
  };
  const folders = [dirname(file), partsFolder(dirname(file))].filter(existsSync);
  const watchers = folders.map(folder => watch(folder, { persistent: false }, onChange));
  return () => {
    clock.clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
