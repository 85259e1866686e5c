import { type ChartModel, type ChartState, labelText, statesOf } from './chart-model.ts';
import type { Paint, PaintEntry, PartPaint } from './paint.ts';

/** How often each part was come through, by the ids of the chart model. What is not named was not come through. */
export interface Coverage {
  states: Readonly<Record<string, number>>;
  transitions: Readonly<Record<string, number>>;
}

/** Counts on what was come through; what was not stands out and is listed. */
export function paintCoverage(model: ChartModel, coverage: Coverage): Paint {
  // The chart is always in its root, which says nothing.
  const states = statesOf(model.root).slice(1);
  const missing = missingEntries(model, states, coverage);
  return {
    heading: `${model.root.name}, covered: ${countOf(states, coverage.states)} states, ${countOf(model.transitions, coverage.transitions)} transitions`,
    states: paintParts(states, coverage.states),
    transitions: paintParts(model.transitions, coverage.transitions),
    legend: [
      { look: 'covered', tag: '2×', title: 'covered, and how often', lines: [] },
      { look: 'uncovered', tag: '0×', title: 'never', lines: [] },
    ],
    entries: missing,
  };
}

type Hits = Readonly<Record<string, number>>;

function hitsOf(id: string, hits: Hits): number {
  return Object.hasOwn(hits, id) ? hits[id]! : 0;
}

function paintParts(parts: readonly { id: string }[], hits: Hits): ReadonlyMap<string, PartPaint> {
  return new Map(
    parts.map(({ id }) => {
      const count = hitsOf(id, hits);
      return [id, { look: count > 0 ? 'covered' : 'uncovered', tag: `${count}×` }];
    }),
  );
}

function countOf(parts: readonly { id: string }[], hits: Hits): string {
  return `${parts.filter(({ id }) => hitsOf(id, hits) > 0).length} of ${parts.length}`;
}

function missingEntries(
  model: ChartModel,
  states: readonly ChartState[],
  { states: stateHits, transitions }: Coverage,
): PaintEntry[] {
  const prefix = model.root.id.length + 1;
  const entry = (title: string, lines: string[]): PaintEntry => ({
    look: 'uncovered',
    tag: '0×',
    title,
    lines,
  });
  const never = model.transitions.filter(({ id }) => hitsOf(id, transitions) === 0);
  const entries: PaintEntry[] = [];
  for (const state of [model.root, ...states]) {
    const missed = state !== model.root && hitsOf(state.id, stateHits) === 0;
    const untaken = never.filter(({ from }) => from === state.id).map(({ label }) => labelText(label));
    if (!missed && untaken.length === 0) continue;
    const name = state.id.slice(prefix) || 'anywhere';
    entries.push(
      entry(
        missed ? `${name} is never reached` : name,
        untaken.map(text => `not taken: ${text}`),
      ),
    );
  }
  return entries;
}
