import { systemClock } from '../../runtime/clock.ts';
import { partsFolder } from '../flows/flows.ts';
import { onSavedFiles } from '../flows/saved-files.ts';

const CONCERNED = /\.(ts|json|scenarios\.yaml)$/;

/** Plays again whenever something in the folders is saved, until `ended`. Gives the exit code of the last run. */
export async function playOnSave(
  folders: readonly string[],
  playAll: () => Promise<number>,
  print: (line: string) => void,
  ended: Promise<void> = interrupted(),
): Promise<number> {
  let code = 0;
  let running: Promise<void> = Promise.resolve();
  const run = async () => {
    code = await playAll().catch(error => {
      print(error instanceof Error ? error.message : String(error));
      return 1;
    });
    print('Watching. Ctrl-C ends it.');
  };
  const watched = folders.flatMap(folder => [folder, partsFolder(folder)]);
  const concerns = (name: string) => CONCERNED.test(name);
  const stop = onSavedFiles(watched, { clock: systemClock, concerns, isPersistent: true }, () => {
    running = running.then(run);
  });
  running = run();
  await ended;
  stop();
  await running;
  return code;
}

/** Ctrl-C. */
function interrupted(): Promise<void> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
