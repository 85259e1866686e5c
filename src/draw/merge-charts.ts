import {
  assembleChart,
  type ChartModel,
  type ChartState,
  type ChartTransition,
  statesOf,
} from './chart-model.ts';
import { type ChartDiff, diffCharts } from './diff-chart.ts';
import { describeDiff, SIGN, summaryOf } from './diff-words.ts';
import { matchStates, type StateMatch } from './match-states.ts';
import type { Paint, PartPaint } from './paint.ts';

/** Two versions as one chart: what is there now, with what was removed where it used to be. */
export interface MergedCharts {
  model: ChartModel;
  paint: Paint;
}

/** What a version is called in the picture, as `git:HEAD`. */
export interface VersionNames {
  before: string;
  after: string;
}

/** Characters of a value that are shown under the picture; the text summary has all of them. */
const SHOWN_OF_VALUE = 220;

export function mergeCharts(before: ChartModel, after: ChartModel, names: VersionNames): MergedCharts {
  const diff = diffCharts(before, after);
  const ghosts = new Ghosts(before, after, matchStates(before, after), diff);
  const model = assembleChart(ghosts.stateWithGone(after.root), ghosts.transitions(), after.isFlow);
  return { model, paint: paintDiff(diff, ghosts, names) };
}

/** Gives what was removed a place and names of its own in the chart after. */
class Ghosts {
  /** By the id before. */
  readonly states = new Map<string, string>();
  readonly #before: ChartModel;
  readonly #after: ChartModel;
  readonly #match: StateMatch;
  readonly #diff: ChartDiff;

  constructor(before: ChartModel, after: ChartModel, match: StateMatch, diff: ChartDiff) {
    [this.#before, this.#after, this.#match, this.#diff] = [before, after, match, diff];
    const taken = new Set(statesOf(after.root).map(({ id }) => id));
    const place = (state: ChartState, parent: string) => {
      let id = `${parent}.${state.name}`;
      const partner = match.toAfter.get(state.id);
      if (!partner) {
        while (taken.has(id)) id += '_before';
        taken.add(id);
        this.states.set(state.id, id);
      }
      for (const child of state.children) place(child, partner ?? id);
    };
    for (const child of before.root.children) place(child, after.root.id);
  }

  stateWithGone(state: ChartState): ChartState {
    const before = this.#match.toBefore.get(state.id);
    const old = before === undefined ? undefined : this.#stateBefore(before);
    const children = [...state.children.map(child => this.stateWithGone(child)), ...this.#goneIn(old)];
    const kind = children.length > 0 && state.children.length === 0 ? 'compound' : state.kind;
    return { ...state, kind, children };
  }

  /** All transitions now, then those that are gone or led elsewhere. */
  transitions(): ChartTransition[] {
    const gone = this.#diff.transitions.filter(({ change }) => change === 'removed').map(({ id }) => id);
    const turned = this.#diff.transitions
      .filter(({ keys }) => keys.some(({ key }) => key === 'target'))
      .map(({ was }) => was);
    const shown = new Set([...gone, ...turned]);
    const ghosts = this.#before.transitions
      .filter(({ id }) => shown.has(id))
      .map(transition => ({
        ...transition,
        id: ghostId(transition.id),
        from: this.#idNow(transition.from),
        to: transition.to.map(id => this.#idNow(id)),
      }));
    return [...this.#after.transitions, ...ghosts];
  }

  #goneIn(old: ChartState | undefined): ChartState[] {
    return (old?.children ?? [])
      .filter(child => this.states.has(child.id))
      .map(child => ({
        ...child,
        id: this.states.get(child.id)!,
        initial: child.initial && this.states.has(child.initial) ? this.states.get(child.initial)! : null,
        children: this.#goneIn(child),
      }));
  }

  #stateBefore(id: string): ChartState | undefined {
    return statesOf(this.#before.root).find(state => state.id === id);
  }

  #idNow(before: string): string {
    return this.#match.toAfter.get(before) ?? this.states.get(before)!;
  }
}

/** A transition that is gone, told apart from one that has its name now. */
function ghostId(id: string): string {
  return `was:${id}`;
}

function paintDiff(diff: ChartDiff, ghosts: Ghosts, { before, after }: VersionNames): Paint {
  const entries = describeDiff(diff, SHOWN_OF_VALUE);
  const numberOf = (id: string) => entries.find(({ state }) => state === id)?.number ?? '';
  const states = new Map<string, PartPaint>();
  const transitions = new Map<string, PartPaint>();

  for (const { change, id } of diff.states) {
    const shown = change === 'removed' ? ghosts.states.get(id)! : id;
    states.set(shown, { look: change, tag: SIGN[change] + numberOf(id) });
  }
  for (const { change, id, was, state, keys } of diff.transitions) {
    const number = numberOf(state);
    const shown = change === 'removed' ? ghostId(id) : id;
    transitions.set(shown, { look: change, tag: `${SIGN[change]}${number}` });
    if (was && keys.some(({ key }) => key === 'target'))
      transitions.set(ghostId(was), { look: 'removed', tag: `${SIGN.removed}${number}` });
  }
  return {
    heading: `${before} → ${after}: ${summaryOf(diff)}`,
    states,
    transitions,
    legend: [
      { look: 'added', tag: SIGN.added, title: 'added', lines: [] },
      { look: 'removed', tag: SIGN.removed, title: 'removed', lines: [] },
      { look: 'changed', tag: SIGN.changed, title: 'changed; numbers lead to the words below', lines: [] },
    ],
    entries: entries.map(({ change, number, title, lines }) => ({
      look: change,
      tag: SIGN[change] + number,
      title,
      lines,
    })),
  };
}
