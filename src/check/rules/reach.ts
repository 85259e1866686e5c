import type { Chart, State } from '../chart.ts';
import type { Rule } from '../finding.ts';
import { isEnd, isExit, openTransitions, waits } from '../graph.ts';
import type { Subject } from '../subject.ts';

/** Where the conversation can get to, and whether it gets out again. */
export const reachRules: readonly Rule[] = [
  {
    name: 'unreachable-state',
    severity: 'warning',
    why: 'No caller will ever hear what is said here.',
    *find({ ownStates, graph, chart }) {
      if (hasBadTargets(chart)) return;
      for (const state of ownStates) {
        if (!graph.leaves.includes(state) || graph.reachable.has(state)) continue;
        yield {
          at: state.place,
          problem: 'No way leads here.',
          mend: 'Let a choice or a result lead here, or take the state out.',
        };
      }
    },
  },
  {
    name: 'trap',
    severity: 'error',
    why: 'The caller can only hang up: whatever is said here, nothing follows.',
    *find(subject) {
      for (const leaf of subject.reached) {
        if (subject.isPart || !isTrap(leaf, subject)) continue;
        yield {
          at: leaf.place,
          problem:
            leaf.kind === 'final'
              ? 'The part of the conversation ends here, and nothing follows.'
              : 'No way leads on from here.',
          mend:
            leaf.kind === 'final'
              ? `Give '${leaf.parent?.name}' an \`onDone\`.`
              : "Add a choice that leads on, or `afterwards: 'hangUp'` or 'transfer'.",
        };
      }
    },
  },
  {
    name: 'no-way-out',
    severity: 'error',
    why: 'The caller goes round in circles: neither the end of the call nor a person can be reached.',
    *find(subject) {
      if (subject.isPart || hasBadTargets(subject.chart)) return;
      const leading = subject.graph.leadingTo(
        leaf => isEnd(leaf) || transfers(leaf) || isTrap(leaf, subject),
      );
      for (const leaf of subject.reached)
        if (!leading.has(leaf))
          yield {
            at: leaf.place,
            problem: 'No way leads from here to the end of the call or to a person.',
            mend: "Add a choice '@goodbye' or '@person', here or in a state around it.",
          };
    },
  },
  {
    name: 'no-way-to-person',
    severity: 'warning',
    why: 'A caller who is not understood, or who does not trust a machine, can only hang up.',
    *find(subject) {
      if (subject.isPart || hasBadTargets(subject.chart)) return;
      const leading = subject.graph.leadingTo(transfers);
      const mend = "Add a choice '@person' that leads to a state with `afterwards: 'transfer'`.";
      if (leading.size === 0 && subject.reached.some(waits)) {
        yield { at: subject.chart.root.place, problem: 'No state passes the caller to a person.', mend };
        return;
      }
      for (const leaf of subject.waiting)
        if (!leading.has(leaf))
          yield { at: leaf.place, problem: 'No way leads from here to a person.', mend };
    },
  },
];

/** Where ways lead nowhere, it cannot be told yet what they would have led to. */
function hasBadTargets({ transitions }: Chart): boolean {
  return transitions.some(({ badTargets }) => badTargets.length > 0);
}

function transfers({ meta }: State): boolean {
  return meta.afterwards === 'transfer';
}

/** Nothing that is said, and no result, leads to another state. */
function isTrap(leaf: State, { graph }: Subject): boolean {
  if (isExit(leaf) || leaf.meta.afterwards !== undefined) return false;
  const open = [...openTransitions(leaf).values()].flat();
  if (open.some(({ badTargets }) => badTargets.length > 0)) return false;
  return graph.stepsFrom(leaf).every(({ to }) => to === leaf);
}
