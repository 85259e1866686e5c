import type { Call } from '../../runtime/call.ts';
import type { ServedFlow } from '../api/flows.ts';
import { flowNames } from './flows.ts';
import type { FlowLibrary } from './library.ts';
import type { Split } from './split.ts';

/** The flows in force, then those that no caller is given; who gives them to callers, and where their calls are. */
export async function servedFlows(
  library: FlowLibrary,
  agents: readonly { name: string; flow: Split }[],
  calls: Iterable<Call>,
): Promise<ServedFlow[]> {
  const live = countLive(calls);
  const names = [...new Set([...library.names, ...(await flowNames(library.folder))])];
  const found = names.map(async name => ({ name, flow: await library.find(name).catch(() => null) }));
  return (await Promise.all(found)).map(({ name, flow }) => {
    return {
      name,
      version: flow?.version ?? '',
      languages: flow?.info.languages ?? [],
      agents: agents.flatMap(agent => {
        const weight = agent.flow[name];
        return weight === undefined ? [] : [{ name: agent.name, weight }];
      }),
      live: live.get(name) ?? {},
    };
  });
}

type Counts = Map<string, Record<string, Record<string, number>>>;

function countLive(calls: Iterable<Call>): Counts {
  const counts: Counts = new Map();
  for (const { start, flowState } of calls) {
    const versions = counts.get(start.flow) ?? {};
    const states = versions[start.flowVersion] ?? {};
    const state = flowState ?? '';
    const counted = { ...states, [state]: (states[state] ?? 0) + 1 };
    counts.set(start.flow, { ...versions, [start.flowVersion]: counted });
  }
  return counts;
}
