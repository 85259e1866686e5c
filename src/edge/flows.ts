import { flows } from 'aybiza:flows';
import type { AnyStateMachine } from 'xstate';
import type { CallStart } from '../../runtime/journal.ts';
import { type FlowNeeds, needsOfFlow } from '../../runtime/placement/flow-needs.ts';

interface EdgeFlow {
  version: string;
  machine: AnyStateMachine;
  needs: FlowNeeds;
}

/** Looked through once: a Worker's start is short of time, and most calls follow one of them. */
const found = new Map<string, EdgeFlow>();

/** A flow that came with the bundle, or null. */
export function bundledFlow(name: string): EdgeFlow | null {
  const known = found.get(name);
  if (known) return known;
  const flow = flows.find(one => one.name === name);
  if (!flow) return null;
  const made = { version: flow.version, machine: flow.machine, needs: needsOfFlow(flow.machine) };
  found.set(name, made);
  return made;
}

/** The versions of all flows of the bundle, by name. */
export const bundledVersions: Readonly<Record<string, string>> = Object.fromEntries(
  flows.map(({ name, version }) => [name, version]),
);

/** The chart of a call. Throws when another version, or none, came with the bundle. */
export function chartOf({ flow, flowVersion }: Pick<CallStart, 'flow' | 'flowVersion'>): AnyStateMachine {
  const known = bundledFlow(flow);
  if (known?.version !== flowVersion)
    throw new Error(`The edge has no version ${flowVersion} of the flow ${flow}: deploy it again.`);
  return known.machine;
}
