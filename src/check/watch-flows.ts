import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { FlowText } from './flow-text.ts';

/** Editors write a file in several steps; this long after the last of them it is read. */
const SETTLED_MS = 80;

/** Tells when a file in `folder` was written. The system's own watcher, unless a test brings one. */
export type WatchFolder = (folder: string, onWritten: () => void) => { close(): void };

export interface FlowWatch {
  clock: Clock;
  /** Reads the flows that are watched, as they are now. */
  read(): Promise<FlowText[]>;
  /** Called, first of all too, with the flows that have changed since the last time. */
  onChange(changed: FlowText[]): Promise<void>;
  /** Called when files cannot be read; the watch goes on. */
  onError(error: unknown): void;
  watchFolder?: WatchFolder;
}

/**
 * Follows flows as they are written: a changed flow is told alone, a changed part with all flows, since any may hold it.
 * Ends with `close`.
 */
export async function watchFlows(
  folders: readonly string[],
  { clock, read, onChange, onError, watchFolder = watchBySystem }: FlowWatch,
): Promise<{ close(): void }> {
  const known = new Map<string, string>();
  let timer: TimerHandle | null = null;
  let running: Promise<void> = Promise.resolve();

  const look = async () => {
    const texts = await read();
    const changed = texts.filter(({ file, text }) => known.get(file) !== text);
    known.clear();
    for (const { file, text } of texts) known.set(file, text);
    const hasPart = changed.some(({ file }) => basename(dirname(file)) === 'parts');
    if (changed.length > 0) await onChange(hasPart ? texts : changed);
  };
  const onWritten = () => {
    if (timer !== null) clock.clearTimeout(timer);
    timer = clock.setTimeout(() => {
      timer = null;
      running = running.then(look).catch(onError);
    }, SETTLED_MS);
  };

  const watchers = folders.map(folder => watchFolder(folder, onWritten));
  running = look().catch(onError);
  await running;
  return {
    close() {
      if (timer !== null) clock.clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function watchBySystem(folder: string, onWritten: () => void): { close(): void } {
  return watch(folder, () => onWritten());
}
