import { type ChartEdge, type ChartModel, isInside, parentOf, statesOf } from './chart-model.ts';

/** With more arrows from other containers than this, a place is easier to name than to reach by lines. */
const MAX_ARROWS_FROM_AFAR = { toState: 3, toContainer: 8, fromState: 4 };

/**
 * The transitions that are told in the box of their source instead of drawn: those that leave or enter a region of a
 * parallel state, because each region is a picture of its own, and those from afar where there are many: to one state,
 * into one container or out of one state.
 */
export function findJumps(model: ChartModel): ReadonlySet<ChartEdge> {
  const clusters = clustersOf(model);
  const far = model.edges.filter(edge => containerOf(edge) !== parentOf(edge.to));
  const isDrawn = (edge: ChartEdge) => clusters.get(edge.from) === clusters.get(edge.to);
  const toState = countBy(far, edge => edge.to);
  const toContainer = countBy(far.filter(isDrawn), edge => parentOf(edge.to));
  const fromState = countBy(far.filter(isDrawn), edge => edge.from);
  const isOneOfMany = (edge: ChartEdge) =>
    toState.get(edge.to)! > MAX_ARROWS_FROM_AFAR.toState ||
    toContainer.get(parentOf(edge.to))! > MAX_ARROWS_FROM_AFAR.toContainer ||
    fromState.get(edge.from)! > MAX_ARROWS_FROM_AFAR.fromState;

  return new Set([...model.edges.filter(edge => !isDrawn(edge)), ...far.filter(isDrawn).filter(isOneOfMany)]);
}

function countBy(edges: readonly ChartEdge[], keyOf: (edge: ChartEdge) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const edge of edges) counts.set(keyOf(edge), (counts.get(keyOf(edge)) ?? 0) + 1);
  return counts;
}

/** For each state the region that it is in, or is; the root's for states in none. */
export function clustersOf(model: ChartModel): ReadonlyMap<string, string> {
  const clusters = new Map([[model.root.id, model.root.id]]);
  for (const state of statesOf(model.root)) {
    for (const child of state.children) {
      clusters.set(child.id, state.kind === 'parallel' ? child.id : clusters.get(state.id)!);
    }
  }
  return clusters;
}

/** The state's path as one would say it at `from`: without what both have in common. */
export function relativeName(from: string, to: string): string {
  let common = from;
  while (common && !isInside(to, common)) common = parentOf(common);
  return to.slice(common.length + 1);
}

/** Where an arrow begins: in its source's parent, or in the source itself when it leads inwards. */
function containerOf({ from, to }: ChartEdge): string {
  return isInside(to, from) ? from : parentOf(from);
}
