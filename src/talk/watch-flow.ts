import { dirname, extname } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { flowEndings } from '../flows/flow-file.ts';
import { partsFolder } from '../flows/flows.ts';
import { onSavedFiles } from '../flows/saved-files.ts';

/** Tells when a flow in the folder of `file`, or a part of one, has been saved. Returns how to stop. */
export function watchFlow(file: string, clock: Clock, onSaved: () => void): () => void {
  const concerns = (name: string) => flowEndings.some(ending => extname(name) === ending);
  return onSavedFiles([dirname(file), partsFolder(dirname(file))], { clock, concerns }, onSaved);
}
