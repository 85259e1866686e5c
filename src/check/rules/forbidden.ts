import type { State } from '../chart.ts';
import type { Found, Rule } from '../finding.ts';
import { entered, passesAtOnce } from '../graph.ts';
import { within } from '../place.ts';

/** What XState can do and a flow must not. */
export const forbiddenRules: readonly Rule[] = [
  {
    name: 'no-timers',
    severity: 'error',
    why: 'The call keeps the time: it knows when the caller is silent, which a timer of the flow does not, and timers of a flow are lost when a call moves to another server.',
    *find({ ownStates }) {
      for (const { config, place } of ownStates)
        if (config.after !== undefined)
          yield {
            at: within(place, 'after'),
            problem: 'A timer runs here.',
            mend: 'Take `after` out. When the caller is silent, the call says `ask` by itself.',
          };
    },
  },
  {
    name: 'no-actors',
    severity: 'error',
    why: 'Work that a flow starts by itself is not in the record of the call, and starts again when the call moves to another server.',
    *find({ ownStates }) {
      for (const { config, place } of ownStates)
        if (config.invoke !== undefined)
          yield {
            at: within(place, 'invoke'),
            problem: 'An actor is started here.',
            mend: 'Name a tool in `meta.tool` and lead on with tool.succeeded and tool.failed.',
          };
    },
  },
  {
    name: 'no-regions',
    severity: 'error',
    why: 'The agent says one thing at a time: of two regions only one would ever be heard.',
    *find({ ownStates }) {
      for (const { kind, place } of ownStates)
        if (kind === 'parallel')
          yield {
            at: within(place, 'type'),
            problem: 'Several states are active here at once.',
            mend: 'Make it one state after the other, and keep what was said in facts.',
          };
    },
  },
  {
    name: 'always-circle',
    severity: 'error',
    why: 'XState goes round for ever, and every call of the server stands still with it.',
    *find({ graph, chart }) {
      const next = (leaf: State) =>
        graph
          .stepsFrom(leaf)
          .filter(({ transition }) => transition.event === 'always')
          .map(({ to }) => to);
      yield* circles(chart.states, next, leaf => ({
        at: { ...leaf.place, transition: 'always' },
        problem: 'Transitions without an event lead from here back to here.',
        mend: 'Let one of them wait for a choice of the caller.',
      }));
    },
  },
  {
    name: 'endless-tools',
    severity: 'error',
    why: 'Nobody is asked in between: the tool is called again and again, until the call gives up and the caller has heard nothing.',
    *find({ graph, chart }) {
      const next = (leaf: State) =>
        graph
          .stepsFrom(leaf)
          .filter(({ transition: { event } }) => event.startsWith('tool.') || event === 'transfer.failed')
          .flatMap(({ to }) => settle(to, graph.stepsFrom));
      const busy = chart.states.filter(
        ({ meta }) => meta.tool !== undefined || meta.afterwards === 'transfer',
      );
      yield* circles(busy, next, leaf => ({
        at: leaf.place,
        problem: 'This leads back to itself without a word from the caller.',
        mend: 'After a failure ask the caller whether to try again.',
      }));
    },
  },
  {
    name: 'said-in-passing',
    severity: 'warning',
    why: 'The conversation has moved on before the line can be said: nobody hears it.',
    *find({ ownStates }) {
      for (const state of ownStates) {
        const says = state.meta.say !== undefined || state.meta.tool !== undefined;
        if (state.kind === 'atomic' && says && passesAtOnce(state))
          yield {
            at: within(state.place, 'meta'),
            problem: 'What is said and done here is skipped, because `always` leads on at once.',
            mend: 'Say it in the state that this leads to, or give `always` a guard.',
          };
      }
    },
  },
];

/** The leaf, or those that it passes on to at once. */
function settle(leaf: State, stepsFrom: (leaf: State) => readonly { to: State }[]): State[] {
  return passesAtOnce(leaf) ? stepsFrom(leaf).flatMap(({ to }) => entered(to)) : [leaf];
}

/** One finding for each circle, at the state of it that comes first. */
function* circles(
  states: readonly State[],
  next: (state: State) => readonly State[],
  found: (state: State) => Found,
): Iterable<Found> {
  const told = new Set<State>();
  for (const start of states) {
    const onward = after(start, next);
    if (!onward.has(start) || told.has(start)) continue;
    for (const state of onward) if (after(state, next).has(start)) told.add(state);
    yield found(start);
  }
}

function after(start: State, next: (state: State) => readonly State[]): Set<State> {
  const onward = new Set(next(start));
  for (const state of onward) for (const following of next(state)) onward.add(following);
  return onward;
}
