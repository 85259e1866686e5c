import { existsSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { systemClock, type TimerHandle } from '../../runtime/clock.ts';
import { partsFolder } from '../flows/flows.ts';

/** Editors save in several steps. */
const SETTLED_MS = 150;
const CONCERNED = /\.(ts|json|scenarios\.yaml)$/;

/** Plays again whenever something in the folders is saved, until `ended`. Gives the exit code of the last run. */
export async function playOnSave(
  folders: readonly string[],
  playAll: () => Promise<number>,
  print: (line: string) => void,
  ended: Promise<void> = interrupted(),
): Promise<number> {
  let code = 0;
  let timer: TimerHandle = null;
  let running: Promise<void> = Promise.resolve();
  const run = async () => {
    code = await playAll().catch(error => {
      print(error instanceof Error ? error.message : String(error));
      return 1;
    });
    print('Watching. Ctrl-C ends it.');
  };
  const onSaved = (_: string, file: string | null) => {
    if (file !== null && !CONCERNED.test(basename(file))) return;
    systemClock.clearTimeout(timer);
    timer = systemClock.setTimeout(() => {
      running = running.then(run);
    }, SETTLED_MS);
  };

  const watched = new Set(folders.flatMap(folder => [folder, partsFolder(folder)]).filter(existsSync));
  const watchers = [...watched].map(folder => watch(folder, onSaved));
  running = run();
  await ended;
  for (const watcher of watchers) watcher.close();
  systemClock.clearTimeout(timer);
  await running;
  return code;
}

/** Ctrl-C. */
function interrupted(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
