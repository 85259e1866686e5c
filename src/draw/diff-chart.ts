import type { AnyStateMachine } from 'xstate';
import {
  type ChartModel,
  type ChartState,
  type ChartTransition,
  labelText,
  parentOf,
  readChart,
  statesOf,
} from './chart-model.ts';
import { compareValues, type KeyChange } from './compare-values.ts';
import { matchStates, type StateMatch } from './match-states.ts';
import { compareOwn, matchTransitions } from './match-transitions.ts';

export type ChangeKind = 'added' | 'removed' | 'changed';

export interface StateChange {
  change: ChangeKind;
  /** The id after; the id before of one that was removed. */
  id: string;
  /** The id before of a state that has another name or place now; else null. */
  was: string | null;
  /** What differs; for an added or a removed state all that it says. */
  keys: readonly KeyChange[];
}

export interface TransitionChange {
  change: ChangeKind;
  /** The id after; the id before of one that was removed. */
  id: string;
  /** The id before of one that is in both versions; else null. */
  was: string | null;
  /** The id after of the state that it leaves; the id before when that state was removed. */
  state: string;
  /** As it stands in the picture: `declines [else]`. */
  label: string;
  to: readonly string[];
  keys: readonly KeyChange[];
}

/** What one version of a chart has that the other has not. Plain data: it can be sent and kept as JSON. */
export interface ChartDiff {
  /** The chart's id after. */
  chart: string;
  states: readonly StateChange[];
  transitions: readonly TransitionChange[];
}

/** Compares two versions of a chart. Pure; the lists are in the order of the chart after, what was removed last. */
export function diffCharts(
  before: ChartModel | AnyStateMachine,
  after: ChartModel | AnyStateMachine,
): ChartDiff {
  const [old, now] = [modelOf(before), modelOf(after)];
  const match = matchStates(old, now);
  return {
    chart: now.root.id,
    states: stateChanges(old, now, match),
    transitions: transitionChanges(old, now, match),
  };
}

export function isUnchanged({ states, transitions }: ChartDiff): boolean {
  return states.length + transitions.length === 0;
}

function modelOf(chart: ChartModel | AnyStateMachine): ChartModel {
  return 'edges' in chart ? chart : readChart(chart);
}

function stateChanges(before: ChartModel, after: ChartModel, match: StateMatch): StateChange[] {
  const olds = statesOf(before.root);
  const byId = new Map(olds.map(state => [state.id, state]));
  const changes: StateChange[] = [];

  for (const now of statesOf(after.root)) {
    const old = byId.get(match.toBefore.get(now.id) ?? '');
    if (!old) {
      changes.push({ change: 'added', id: now.id, was: null, keys: compareValues({}, now.own) });
      continue;
    }
    const keys = compareValues(ownInNamesAfter(old, now, match), now.own).filter(
      ({ key }) => !isNewName(key, old, now),
    );
    const renamed = isRenamed(old, now, match);
    if (keys.length > 0 || renamed)
      changes.push({ change: 'changed', id: now.id, was: renamed ? old.id : null, keys });
  }
  for (const old of olds)
    if (!match.toAfter.has(old.id))
      changes.push({ change: 'removed', id: old.id, was: null, keys: compareValues(old.own, {}) });
  return changes;
}

/** Which names a chart uses is told where it uses them; only that the same name stands for other code is not. */
function isNewName(key: string, old: ChartState, now: ChartState): boolean {
  const [first, kind = '', name = ''] = key.split('.');
  return first === 'code' && [old, now].some(({ own }) => !codeOf(own, kind).includes(name));
}

function codeOf({ code }: ChartState['own'], kind: string): string[] {
  return Object.keys((code as Record<string, object> | undefined)?.[kind] ?? {});
}

/** Its own name or its parent is another; that its parent has another name is the parent's change. */
function isRenamed(old: ChartState, now: ChartState, { toAfter }: StateMatch): boolean {
  if (old.name !== now.name) return true;
  const parentBefore = parentOf(old.id);
  return parentBefore !== '' && toAfter.get(parentBefore) !== parentOf(now.id);
}

/** The child that comes first is the same under a new name. */
function ownInNamesAfter(old: ChartState, now: ChartState, { toAfter }: StateMatch): ChartState['own'] {
  const same = typeof old.own.initial === 'string' && old.initial && toAfter.get(old.initial) === now.initial;
  return same ? { ...old.own, initial: now.own.initial } : old.own;
}

function transitionChanges(before: ChartModel, after: ChartModel, match: StateMatch): TransitionChange[] {
  const leaving = (model: ChartModel, id: string | undefined) =>
    model.transitions.filter(({ from }) => from === id);
  const kept = statesOf(after.root).flatMap(({ id }) =>
    matchTransitions(leaving(before, match.toBefore.get(id)), leaving(after, id), match),
  );
  const gone = before.transitions.filter(({ from }) => !match.toAfter.has(from));

  const removed = (transition: ChartTransition) =>
    changeOf('removed', transition, null, compareOwn(transition.own, {}), match.toAfter.get(transition.from));
  return [
    ...kept.flatMap(({ before: old, after: now, keys }) => {
      if (!now) return [removed(old!)];
      if (!old) return [changeOf('added', now, null, compareOwn({}, now.own))];
      return keys.length > 0 ? [changeOf('changed', now, old.id, keys)] : [];
    }),
    ...gone.map(removed),
  ];
}

function changeOf(
  change: ChangeKind,
  { id, from, to, label }: ChartTransition,
  was: string | null,
  keys: readonly KeyChange[],
  state = from,
): TransitionChange {
  return { change, id, was, state, label: labelText(label), to, keys };
}
