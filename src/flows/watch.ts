import { type FSWatcher, watch } from 'node:fs';
import { basename, extname } from 'node:path';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { FlowFileError, flowEndings } from './flow-file.ts';
import { type Flow, loadFlow, partsFolder } from './flows.ts';
import type { FlowLibrary } from './library.ts';

/** What became of an edited flow. */
export type FlowNews =
  | { kind: 'inForce'; flow: Flow }
  /** It stays as it was. Each problem is a sentence. */
  | { kind: 'refused'; name: string; problems: readonly string[] };

export interface WatchOptions {
  library: FlowLibrary;
  clock: Clock;
  /** What speaks against putting a flow in force; empty for nothing. */
  check(flow: Flow): Promise<readonly string[]>;
  onNews(news: FlowNews): void;
}

/** Editors save in several steps. */
const SETTLE_MS = 150;

/** Puts an edited flow in force as soon as it is saved and sound. Returns how to stop. */
export function watchFlows({ library, clock, check, onNews }: WatchOptions): () => void {
  const refused = new Map<string, string>();
  let timer: TimerHandle | null = null;
  let work: Promise<void> = Promise.resolve();

  const look = async (name: string) => {
    const outcome = await tryFlow(name, library, check);
    const known = JSON.stringify(outcome.problems);
    if (outcome.problems.length > 0 && refused.get(name) !== known)
      onNews({ kind: 'refused', name, problems: outcome.problems });
    refused.set(name, known);
    if (outcome.flow && (await library.putInForce(outcome.flow)))
      onNews({ kind: 'inForce', flow: outcome.flow });
  };
  const lookAtAll = async () => {
    for (const name of library.names) await look(name);
  };
  const onChange = (_: string, file: string | null) => {
    if (file !== null && !concernsFlows(file)) return;
    if (timer !== null) clock.clearTimeout(timer);
    timer = clock.setTimeout(() => {
      timer = null;
      work = work.then(lookAtAll);
    }, SETTLE_MS);
  };

  const watchers = [library.folder, partsFolder(library.folder)].map(folder => watchFolder(folder, onChange));
  return () => {
    if (timer !== null) clock.clearTimeout(timer);
    for (const watcher of watchers) watcher?.close();
  };
}

async function tryFlow(
  name: string,
  library: FlowLibrary,
  check: WatchOptions['check'],
): Promise<{ flow: Flow | null; problems: readonly string[] }> {
  try {
    const flow = await loadFlow(name, library.folder);
    if (flow.version === library.inForce(name).version) return { flow: null, problems: [] };
    const problems = await check(flow);
    return { flow: problems.length === 0 ? flow : null, problems };
  } catch (error) {
    if (error instanceof FlowFileError) return { flow: null, problems: error.message.split('\n') };
    return { flow: null, problems: [(error as Error).message] };
  }
}

function watchFolder(
  folder: string,
  onChange: (event: string, file: string | null) => void,
): FSWatcher | null {
  try {
    return watch(folder, { persistent: false }, onChange);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function concernsFlows(file: string): boolean {
  return flowEndings.some(ending => extname(basename(file)) === ending);
}
