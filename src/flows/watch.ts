import { extname } from 'node:path';
import type { Clock } from '../../runtime/clock.ts';
import { FlowFileError, flowEndings } from './flow-file.ts';
import { type Flow, loadFlow, partsFolder } from './flows.ts';
import type { FlowLibrary } from './library.ts';
import { onSavedFiles } from './saved-files.ts';

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

/** Puts an edited flow in force as soon as it is saved and sound. Returns how to stop. */
export function watchFlows({ library, clock, check, onNews }: WatchOptions): () => void {
  const refused = new Map<string, string>();
  let work: Promise<void> = Promise.resolve();

  const look = async (name: string) => {
    const outcome = await tryFlow(name, library, check);
    const known = JSON.stringify(outcome.problems);
    if (outcome.problems.length > 0 && refused.get(name) !== known)
      onNews({ kind: 'refused', name, problems: outcome.problems });
    refused.set(name, known);
    if (!outcome.flow) return;
    try {
      if (await library.putInForce(outcome.flow)) onNews({ kind: 'inForce', flow: outcome.flow });
    } catch (error) {
      // The store is away, say: the next save tries again.
      onNews({ kind: 'refused', name, problems: [(error as Error).message] });
    }
  };
  const lookAtAll = async () => {
    for (const name of library.names) await look(name);
  };
  return onSavedFiles([library.folder, partsFolder(library.folder)], { clock, concerns: isFlowFile }, () => {
    work = work.then(lookAtAll);
  });
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

function isFlowFile(name: string): boolean {
  return flowEndings.some(ending => extname(name) === ending);
}
