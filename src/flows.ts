import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { type AnyStateMachine, StateMachine } from 'xstate';

export interface Flow {
  name: string;
  machine: AnyStateMachine;
  /** Hash of the chart: two flows with the same version are the same flow. */
  version: string;
}

const FOLDER = new URL('../machines/flows/', import.meta.url);

/** The flows in `machines/flows`, by file name. */
export async function flowNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files.filter(file => /\.[jt]s$/.test(file)).map(file => file.replace(/\.[jt]s$/, ''));
}

/** Loads `machines/flows/<name>`. Throws with the names there are when it is none of them. */
export async function loadFlow(name: string): Promise<Flow> {
  const names = await flowNames();
  if (!names.includes(name))
    throw new Error(`There is no flow '${name}' in machines/flows; there are: ${names.join(', ')}.`);

  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const module = (await import(new URL(`${name}.${ending}`, FOLDER).href)) as Record<string, unknown>;
  const machine = Object.values(module).find(value => value instanceof StateMachine);
  if (!machine) throw new Error(`machines/flows/${name} exports no chart.`);
  return { name, machine: machine as AnyStateMachine, version: versionOf(machine as AnyStateMachine) };
}

function versionOf(machine: AnyStateMachine): string {
  return createHash('sha256').update(JSON.stringify(machine.config)).digest('hex').slice(0, 12);
}
