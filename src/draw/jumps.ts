import { type ChartEdge, type ChartModel, isInside, parentOf, statesOf } from './chart-model.ts';

/** With more arrows than this from other containers, a state is easier to name than to reach by lines. */
const MAX_ARROWS_FROM_AFAR = 3;

/**
 * The transitions that are told in the box of their source instead of drawn: those that leave or enter a region of a
 * parallel state, because each region is a picture of its own, and those from afar to a state that many lead to.
 */
export function findJumps(model: ChartModel): ReadonlySet<ChartEdge> {
  const clusters = clustersOf(model);
  const isFar = (edge: ChartEdge) => containerOf(edge) !== parentOf(edge.to);
  const fromAfar = new Map<string, number>();
  for (const edge of model.edges) if (isFar(edge)) fromAfar.set(edge.to, (fromAfar.get(edge.to) ?? 0) + 1);

  return new Set(
    model.edges.filter(
      edge =>
        clusters.get(edge.from) !== clusters.get(edge.to) ||
        (isFar(edge) && fromAfar.get(edge.to)! > MAX_ARROWS_FROM_AFAR),
    ),
  );
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
