import type { Rule } from '../finding.ts';
import { suggest } from '../nearest.ts';
import { within } from '../place.ts';

/** Parts of a conversation that several flows share. */
export const subflowRules: readonly Rule[] = [
  {
    name: 'unknown-subflow',
    severity: 'error',
    why: 'The flow cannot be loaded.',
    *find({ ownStates, world: { parts } }) {
      for (const { meta, place, holds } of ownStates) {
        const name = meta.subflow;
        if (name === undefined || holds !== null) continue;
        const at = within(place, 'meta', 'subflow');
        const part = parts.get(name);
        if (!part)
          yield { at, problem: `There is no sub-flow '${name}'.`, mend: suggest(name, parts.keys()) };
        else if (part.textFaults.length > 0)
          yield { at, problem: `The sub-flow '${name}' cannot be read.`, mend: `Correct ${part.file}.` };
        else
          yield { at, problem: `The sub-flow '${name}' contains itself.`, mend: 'Take one of the two out.' };
      }
    },
  },
  {
    name: 'endless-subflow',
    severity: 'error',
    why: 'The caller never comes out of it.',
    *find({ isPart, chart, place }) {
      if (
        isPart &&
        chart.root.children.length > 0 &&
        !chart.root.children.some(({ kind }) => kind === 'final')
      )
        yield {
          at: place(),
          problem: 'The sub-flow has no final state.',
          mend: "Add a state with type: 'final' and lead there when the part is done.",
        };
    },
  },
  {
    name: 'subflow-without-end',
    severity: 'error',
    why: 'When the sub-flow is done, nothing follows, and the caller waits in silence.',
    *find({ ownStates, isPart }) {
      for (const { meta, place, holds, transitions } of ownStates) {
        if (meta.subflow === undefined || holds === null || transitions.has('onDone')) continue;
        yield {
          at: within(place, 'meta', 'subflow'),
          problem: `Nothing says what follows when '${holds}' is done.`,
          mend: `Add \`onDone\` with a target${isPart ? ', as a final state' : ''}.`,
        };
      }
    },
  },
  {
    name: 'subflow-with-states',
    severity: 'error',
    why: 'The states of the sub-flow take the place of those that are written here.',
    *find({ ownStates }) {
      for (const { meta, place, config } of ownStates)
        if (meta.subflow !== undefined && (config.states !== undefined || config.initial !== undefined))
          yield {
            at: within(place, config.states !== undefined ? 'states' : 'initial'),
            problem: `The state holds the sub-flow '${meta.subflow}' and has states of its own.`,
            mend: 'Move them out of this state, or into the sub-flow.',
          };
    },
  },
];
