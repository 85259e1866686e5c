import type { State } from '../chart.ts';
import type { Found, Rule } from '../finding.ts';
import { initialName, initialOf } from '../graph.ts';
import { nearest, suggest } from '../nearest.ts';
import { within } from '../place.ts';

/** Ways that lead nowhere. */
export const targetRules: readonly Rule[] = [
  {
    name: 'bad-target',
    severity: 'error',
    why: 'XState refuses the whole chart: the flow cannot be loaded.',
    *find({ chart, file }) {
      for (const { place, badTargets } of chart.transitions) {
        if (place.home.file !== file.file) continue;
        for (const { written, problem } of badTargets) {
          const key = written.split('.').at(-1)!.replace('#', '');
          yield {
            at: within(place, 'target'),
            problem: `The target '${written}' does not exist: ${problem}.`,
            mend: whereIs(key, chart.states),
          };
        }
      }
    },
  },
  {
    name: 'bad-initial',
    severity: 'error',
    why: 'XState refuses the whole chart: nobody knows where the conversation begins.',
    *find({ ownStates }) {
      for (const state of ownStates) if (!state.holds) yield* badInitial(state);
    },
  },
];

function* badInitial(state: State): Iterable<Found> {
  const keys = state.children.map(({ key }) => key);
  if (state.parent === null && keys.length === 0) {
    yield { at: state.place, problem: 'The chart has no states.', mend: 'Add `initial` and `states`.' };
    return;
  }
  if (state.kind !== 'compound' || initialOf(state)) return;
  const written = initialName(state);
  const name = state.name === '' ? 'The chart' : `'${state.name}'`;
  yield written === undefined
    ? {
        at: state.place,
        problem: `${name} does not say where it begins.`,
        mend: `Add \`initial\`: ${keys.join(', ')}.`,
      }
    : {
        at: within(state.place, 'initial'),
        problem: `${name} begins in '${written}', which it does not have.`,
        mend: suggest(written, keys),
      };
}

function whereIs(key: string, states: readonly State[]): string {
  const elsewhere = states.filter(state => state.key === key && state.name !== '');
  const [found] = elsewhere;
  if (found) return `There is '${found.name}': write '#id.${found.name}' with the chart's id.`;
  const meant = nearest(key, states.map(state => state.key).filter(Boolean));
  return meant === null ? 'Name a state that exists.' : `Did you mean '${meant}'?`;
}
