import { isDeepStrictEqual } from 'node:util';
import { type State, type Transition, withAncestors } from '../chart.ts';
import { isForbidding, leadsSomewhere } from '../choices.ts';
import type { Rule } from '../finding.ts';
import { comes } from '../graph.ts';
import { suggest } from '../nearest.ts';
import type { Subject } from '../subject.ts';

const SENT = ['tool.succeeded', 'tool.failed', 'transfer.failed'];

/** Transitions that are written and never taken, or taken and without effect. */
export const inertRules: readonly Rule[] = [
  {
    name: 'unsent-event',
    severity: 'error',
    why: 'Nobody sends the event: what should happen then never happens.',
    *find(subject) {
      for (const { event, at, from, place } of ownTransitions(subject)) {
        if (at > 0 || event === 'always' || event === 'onDone') continue;
        if (!SENT.includes(event) && !/^caller\.[^*]+$/.test(event))
          yield { at: place, problem: `No call sends '${event}'.`, mend: meantEvent(event, subject) };
        else if (SENT.includes(event) && !leavesIn(from, subject).some(leaf => comes(event, leaf)))
          yield { at: place, problem: `Nothing here causes '${event}'.`, mend: causeOf(event) };
      }
    },
  },
  {
    name: 'shadowed-transition',
    severity: 'error',
    why: 'An earlier transition for the same event is always taken: the caller can never get here by this way.',
    *find(subject) {
      for (const transition of ownTransitions(subject)) {
        const { from, event, at, guard, place } = transition;
        const earlier = (from.transitions.get(event) ?? [])
          .slice(0, at)
          .filter(({ place: { home } }) => home === place.home);
        if (earlier.some(other => !other.guard))
          yield {
            at: place,
            problem: 'A transition before this one has no guard and takes every case.',
            mend: 'Put this one first, or give the earlier one a guard.',
          };
        else if (guard && earlier.some(other => isSameGuard(other, transition)))
          yield {
            at: place,
            problem: 'A transition before this one has the same guard.',
            mend: 'Give the two guards that differ, or take one out.',
          };
      }
    },
  },
  {
    name: 'inert-transition',
    severity: 'error',
    why: 'A choice that does nothing is not offered to anybody, and an event that does nothing leaves the caller waiting.',
    *find(subject) {
      for (const transition of ownTransitions(subject)) {
        const { event, meta, place } = transition;
        if (leadsSomewhere(transition)) continue;
        if (!meta && isForbidding(transition) && closesAnother(transition)) continue;
        yield event.startsWith('caller.') && meta?.phrases
          ? {
              at: place,
              problem: 'The choice has phrases, and neither a target nor an action.',
              mend: "Give it a target; to say the same line again, write actions: 'sayAgain'.",
            }
          : {
              at: place,
              problem: 'The transition has neither a target nor an action.',
              mend: 'Give it a target, or take it out.',
            };
      }
    },
  },
  {
    name: 'choice-without-phrases',
    severity: 'error',
    why: 'Neither the recogniser nor the language model is told of it, so no words of the caller can make this choice.',
    *find(subject) {
      if (subject.isPart) return;
      for (const { event, at, from, place } of ownTransitions(subject)) {
        if (at > 0 || !/^caller\.[^*]+$/.test(event)) continue;
        const all = from.transitions.get(event) ?? [];
        if (all.every(each => isForbidding(each) && !each.meta)) continue;
        const around = [...withAncestors(from), ...statesIn(from)];
        if (around.some(state => state.transitions.get(event)?.some(hasPhrases))) continue;
        yield {
          at: place,
          problem: `'${event}' has no phrases.`,
          mend: "Add meta: { phrases: ['…'] }, and a description for the language model.",
        };
      }
    },
  },
];

function ownTransitions({ chart, file }: Subject): Transition[] {
  return chart.transitions.filter(({ place }) => place.home.file === file.file);
}

function leavesIn(from: State, { graph }: Subject): State[] {
  return graph.leaves.filter(leaf => withAncestors(leaf).includes(from));
}

function statesIn(state: State): State[] {
  return state.children.flatMap(child => [child, ...statesIn(child)]);
}

/** `{}` has a meaning where a state around would take the event. */
function closesAnother({ from, event }: Transition): boolean {
  return withAncestors(from)
    .slice(1)
    .some(state => state.transitions.has(event));
}

function isSameGuard({ guard: one }: Transition, { guard: other }: Transition): boolean {
  return one?.name != null && one.name === other?.name && isDeepStrictEqual(one.params, other.params);
}

function meantEvent(event: string, { chart }: Subject): string {
  if (event === '*' || event.endsWith('.*')) return 'Name each event; a wildcard hides what was forgotten.';
  const callers = new Set(
    chart.transitions.map(other => other.event).filter(other => other.startsWith('caller.')),
  );
  const bare = event.replace(/^(?:caller|user|customer)[._:]?/i, '');
  if (/^(?:caller|user|customer)/i.test(event) && bare !== '')
    return `Choices of the caller are called 'caller.…': write 'caller.${bare.charAt(0).toLowerCase()}${bare.slice(1)}'.`;
  return `${suggest(event, [...SENT, ...callers])} Choices of the caller are called 'caller.…'.`;
}

function causeOf(event: string): string {
  return event === 'transfer.failed'
    ? "Write it in a state with afterwards: 'transfer'."
    : 'Write it in a state with `meta.tool`, or take it out.';
}

function hasPhrases({ meta }: Transition): boolean {
  return [Object.values(meta?.phrases ?? {})].flat(2).length > 0;
}
