import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import { callMachine } from '../../machines/call.ts';
import { flowEndings } from '../flows/flow-file.ts';
import { flowNames, loadFlow, partNames, partsFolder } from '../flows/flows.ts';
import { defaultFlowFolder } from '../flows/folder.ts';

export interface Chart {
  /** The chart's file name without its ending, for a part under `parts/`; its pictures bear it. */
  name: string;
  machine: AnyStateMachine;
  /** Where a flow is written; null for the call chart, which is code of the product. */
  file: string | null;
}

export const CALL = 'call';
const PARTS = 'parts/';

/**
 * The charts of these names, or the call chart, every flow in `folder` and every part. Flows are read from their
 * source with their parts in place. A name may also be the path of a flow's file. Throws when there is none.
 */
export async function loadCharts(names: readonly string[] = [], folder?: string): Promise<Chart[]> {
  const wanted = names.length > 0 ? names : await chartNames(folder);
  return Promise.all(wanted.map(name => loadChart(name, folder)));
}

export async function loadChart(name: string, folder = defaultFlowFolder()): Promise<Chart> {
  if (name === CALL) return { name, machine: callMachine, file: null };
  const flow = await loadFlow(partFile(name, folder) ?? name, folder);
  const isPart = basename(dirname(flow.file)) === 'parts';
  return { name: isPart ? PARTS + flow.name : flow.name, machine: flow.machine, file: flow.file };
}

async function chartNames(folder?: string): Promise<string[]> {
  const parts = await partNames(folder);
  return [CALL, ...(await flowNames(folder)), ...parts.map(name => PARTS + name)];
}

/** `parts/identify` is a part even where a flow bears its name. */
function partFile(name: string, folder: string): string | null {
  if (!name.startsWith(PARTS)) return null;
  const file = join(partsFolder(folder), name.slice(PARTS.length));
  const ending = flowEndings.find(candidate => existsSync(file + candidate));
  return ending ? file + ending : null;
}
