import type { ChartModel, ChartState } from './chart-model.ts';
import { type ElkLayout, loadElk } from './elk.ts';
import { clusterGraph, VARIANTS } from './elk-graph.ts';
import { readCluster } from './elk-places.ts';
import { packRegions } from './pack-regions.ts';
import { type Paint, PLAIN } from './paint.ts';
import { move, type Picture, type Size } from './picture.ts';
import { type Plan, planFor } from './plan.ts';
import { unrest } from './unrest.ts';

const MARGIN = 14;

/**
 * Places every box, arrow and label. Each region of a parallel state is laid out by itself, and the regions are packed
 * side by side; all else is ELK's layered algorithm. The same model gives the same picture.
 */
export async function layOut(model: ChartModel, paint: Paint = PLAIN): Promise<Picture> {
  const elk = await loadElk();
  const picture = await layOutCluster(model.root, planFor(model, paint), elk);
  const placed = move(picture, MARGIN, MARGIN);
  return { ...placed, width: placed.width + 2 * MARGIN, height: placed.height + 2 * MARGIN };
}

/** The root or a region, with all that is inside. */
async function layOutCluster(top: ChartState, plan: Plan, elk: ElkLayout): Promise<Picture> {
  const insides = new Map<string, Picture>();
  for (const parallel of nearestParallels(top))
    insides.set(parallel.id, await layOutParallel(parallel, plan, elk));

  const sizes: ReadonlyMap<string, Size> = insides;
  let best: Picture | null = null;
  for (const variant of VARIANTS) {
    const placed = await elk.layout(clusterGraph(top, plan, sizes, variant));
    const picture = readCluster(top, plan, placed, insides);
    if (!best || unrest(picture) < unrest(best)) best = picture;
  }
  return best!;
}

async function layOutParallel(state: ChartState, plan: Plan, elk: ElkLayout): Promise<Picture> {
  const regions: Picture[] = [];
  for (const region of state.children) regions.push(await layOutCluster(region, plan, elk));
  return packRegions(state, plan, regions);
}

/** The parallel states inside `state` that are in no other parallel state there. */
function nearestParallels(state: ChartState): ChartState[] {
  return state.kind === 'parallel' ? [state] : state.children.flatMap(nearestParallels);
}
