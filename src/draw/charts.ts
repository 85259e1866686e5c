import { readdir } from 'node:fs/promises';
import { type AnyStateMachine, StateMachine } from 'xstate';

export interface Chart {
  /** The chart's file name without its ending; its pictures bear it. */
  name: string;
  machine: AnyStateMachine;
}

/** The call chart and every flow. Files are loaded on demand, so that a new flow needs no other change. */
export async function loadCharts(names: readonly string[] = []): Promise<Chart[]> {
  const files = await chartFiles();
  const unknown = names.filter(name => !files.has(name));
  if (unknown.length > 0) {
    throw new Error(
      `No chart is called ${unknown.join(' or ')}. There are: ${[...files.keys()].join(', ')}.`,
    );
  }

  const wanted = names.length > 0 ? names : [...files.keys()];
  const charts = await Promise.all(
    wanted.map(async name => ({ name, machine: await loadMachine(files.get(name)!) })),
  );
  return charts.filter((chart): chart is Chart => chart.machine !== null);
}

async function chartFiles(): Promise<Map<string, URL>> {
  // Beside compiled code lie compiled charts.
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const machines = new URL('../../machines/', import.meta.url);
  const flows = new URL('flows/', machines);
  const names = (await readdir(flows))
    .filter(name => name.endsWith(ending) && !name.endsWith('.d.ts'))
    .sort();

  return new Map([
    ['call', new URL(`call${ending}`, machines)],
    ...names.map((name): [string, URL] => [name.slice(0, -ending.length), new URL(name, flows)]),
  ]);
}

/** The first machine that the file exports; null for a file without one. */
async function loadMachine(file: URL): Promise<AnyStateMachine | null> {
  const exported: Record<string, unknown> = await import(file.href);
  return (
    Object.values(exported).find((value): value is AnyStateMachine => value instanceof StateMachine) ?? null
  );
}
