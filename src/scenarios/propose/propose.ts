import type { AnyStateMachine } from 'xstate';
import type { FlowStateMeta } from '../../../machines/flow.ts';
import type { Tool } from '../../../runtime/ports.ts';
import { coverageOf, mergeHits } from '../coverage.ts';
import { parseScenarios } from '../read-scenarios.ts';
import { type FlowResult, runScenario, type SuiteOptions } from '../suite.ts';
import type { Ask } from './moves.ts';
import { type Path, shortestPaths } from './walk.ts';
import { type StateLine, toScenario, toYaml, type WrittenScenario } from './write-scenario.ts';

export interface Proposals {
  /** Each has been played and came to what it was made for. */
  scenarios: readonly WrittenScenario[];
  /** What no scenario could be made for, and why. */
  leftOut: readonly { name: string; why: string }[];
}

/** Other words are tried this often. */
const WORDINGS = 4;

/** Scenarios for the states and transitions of a flow that were never come through. Adds what they cover to `result.coverage`. */
export async function propose(
  result: FlowResult,
  options: Pick<SuiteOptions, 'hear' | 'tools'>,
  tools: readonly Tool[],
): Promise<Proposals> {
  const { flow, coverage } = result;
  const language = flow.info.languages[0] ?? 'en';
  const paths = await shortestPaths(flow.machine, language, asking(tools));
  const { states, transitions } = coverageOf(flow.machine, coverage);
  const scenarios: WrittenScenario[] = [];
  const leftOut: { name: string; why: string }[] = [];

  // The longest ways first: they come through most of the others.
  const length = (id: string) => paths.get(id)?.steps.length ?? 0;
  const aims = [...transitions, ...states].sort((one, other) => length(other.id) - length(one.id));
  for (const { id, name } of aims) {
    if ((coverage.transitions[id] ?? coverage.states[id] ?? 0) > 0) continue;
    const path = paths.get(id);
    if (!path) {
      leftOut.push({ name, why: 'no way was found there' });
      continue;
    }
    const tried = await tryPath({ id, name }, path, result, options);
    if (typeof tried === 'string') leftOut.push({ name, why: tried });
    else scenarios.push(tried);
  }
  return { scenarios, leftOut };
}

/** Plays the path in one wording after the other; the scenario that came to its aim, or why none did. */
async function tryPath(
  aim: { id: string; name: string },
  path: Path,
  { flow, file, coverage }: FlowResult,
  options: Pick<SuiteOptions, 'hear' | 'tools'>,
): Promise<WrittenScenario | string> {
  let why = '';
  for (let wording = 0; wording < WORDINGS; wording++) {
    const written = toScenario(`Proposed: ${aim.name}`, path, { wording, lineOf: linesOf(flow.machine) });
    // Read back, so that what is proposed runs as it is written.
    const [scenario] = parseScenarios(file, toYaml([written]));
    if (!scenario) return 'it could not be written down';
    const { played, failures } = await runScenario(flow, scenario, 0, {
      ...options,
      model: null,
      judge: null,
    });
    const { hits } = played ?? {};
    if (failures.length === 0 && hits && (hits.transitions[aim.id] ?? hits.states[aim.id] ?? 0) > 0) {
      mergeHits(coverage, hits);
      return written;
    }
    const [first] = failures;
    why ||= first
      ? `it was tried, but ${first.was} instead of ${first.expected}`
      : 'it was tried and came elsewhere';
  }
  return why;
}

function linesOf(machine: AnyStateMachine): (state: string) => StateLine {
  const lines = new Map<string, StateLine>();
  const visit = (node: AnyStateMachine['root']) => {
    const { afterwards, tool } = (node.meta ?? {}) as FlowStateMeta;
    lines.set(node.path.join('.'), { endsCall: afterwards !== undefined, leadsOn: tool !== undefined });
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
  return state => lines.get(state) ?? { endsCall: false, leadsOn: false };
}

/** Tools that change nothing are asked; what the others would answer is made up. */
function asking(tools: readonly Tool[]): Ask {
  const byName = new Map(tools.map(tool => [tool.name, tool]));
  return async (name, input) => {
    const tool = byName.get(name);
    if (!tool || ('changes' in tool && tool.changes)) return null;
    const context = { callId: 'proposal', idempotencyKey: 'proposal', signal: new AbortController().signal };
    return tool.run(input, context).catch(() => null);
  };
}
