import type { ChartTransition } from './chart-model.ts';
import { compareValues, type KeyChange, sameValue } from './compare-values.ts';
import { eventOf, type StateMatch } from './match-states.ts';

/** One transition in both versions; null where it is not there. */
export interface TransitionPair {
  before: ChartTransition | null;
  after: ChartTransition | null;
  /** What differs; empty unless it is in both. */
  keys: readonly KeyChange[];
}

/** Pairs the transitions of one state: those for the same event, the most alike first. */
export function matchTransitions(
  before: readonly ChartTransition[],
  after: readonly ChartTransition[],
  states: StateMatch,
): TransitionPair[] {
  const events = [...new Set([...after, ...before].map(eventOf))];
  return events.flatMap(event => {
    const of = (transition: ChartTransition) => eventOf(transition) === event;
    return pairAlternatives(before.filter(of), after.filter(of), states);
  });
}

type Alike = (before: ChartTransition, after: ChartTransition) => boolean;

function pairAlternatives(
  before: readonly ChartTransition[],
  after: readonly ChartTransition[],
  states: StateMatch,
): TransitionPair[] {
  const partners = new Map<ChartTransition, ChartTransition>();
  const taken = new Set<ChartTransition>();
  const sameTargets: Alike = (old, now) => sameValue(targetsAfter(old, states), now.to);
  const degrees: readonly Alike[] = [
    (old, now) => sameValue(old.own, now.own) && sameTargets(old, now),
    (old, now) => sameValue(old.own.guard, now.own.guard) && sameTargets(old, now),
    (old, now) => old.own.meta !== undefined && sameValue(old.own.meta, now.own.meta),
    sameTargets,
    (old, now) => sameValue(old.own.guard, now.own.guard),
    () => true,
  ];
  for (const alike of degrees) {
    for (const now of after) {
      const old = before.find(candidate => !taken.has(candidate) && alike(candidate, now));
      if (partners.has(now) || !old) continue;
      partners.set(now, old);
      taken.add(old);
    }
  }

  const pairs = after.map((now): TransitionPair => {
    const old = partners.get(now) ?? null;
    return { before: old, after: now, keys: old ? changesOf(old, now, states) : [] };
  });
  const gone = before.filter(old => !taken.has(old));
  return [...withOrder(pairs, before), ...gone.map(old => ({ before: old, after: null, keys: [] }))];
}

type Own = ChartTransition['own'];

/** A guard is one thing to a reader, so it is compared whole. */
export function compareOwn({ guard: before, ...old }: Own, { guard: after, ...now }: Own): KeyChange[] {
  const guard: KeyChange = { key: 'guard' };
  if (before !== undefined) guard.before = before;
  if (after !== undefined) guard.after = after;
  return [...(sameValue(before, after) ? [] : [guard]), ...compareValues(old, now)];
}

function changesOf(old: ChartTransition, now: ChartTransition, states: StateMatch): KeyChange[] {
  const keys = compareOwn(old.own, now.own);
  if (sameValue(targetsAfter(old, states), now.to)) return keys;
  const target: KeyChange = { key: 'target' };
  if (old.to.length > 0) target.before = old.to;
  if (now.to.length > 0) target.after = now.to;
  return [target, ...keys];
}

/** The first alternative whose guard holds is taken, so their order is a difference of its own. */
function withOrder(pairs: readonly TransitionPair[], before: readonly ChartTransition[]): TransitionPair[] {
  const both = pairs.filter(pair => pair.before);
  const ranked = [...both].sort((one, other) => before.indexOf(one.before!) - before.indexOf(other.before!));
  return pairs.map(pair => {
    const [was, is] = [ranked.indexOf(pair), both.indexOf(pair)];
    return was === is
      ? pair
      : { ...pair, keys: [...pair.keys, { key: 'order', before: was + 1, after: is + 1 }] };
  });
}

/** Where the transition led, in names of the version after; a state that is gone keeps the name it had. */
function targetsAfter({ to }: ChartTransition, { toAfter }: StateMatch): string[] {
  return to.map(id => toAfter.get(id) ?? `gone ${id}`);
}
