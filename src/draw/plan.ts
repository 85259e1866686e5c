import { type BoxRole, type BoxText, setBoxText } from './box.ts';
import { type ChartEdge, type ChartModel, type ChartState, statesOf } from './chart-model.ts';
import { clustersOf, findJumps } from './jumps.ts';
import type { Paint } from './paint.ts';

/** What every step of a layout looks up. */
export interface Plan {
  root: ChartState;
  texts: ReadonlyMap<string, BoxText>;
  /** The arrows to draw, by the cluster that holds both ends. */
  arrows: ReadonlyMap<string, readonly ChartEdge[]>;
  depths: ReadonlyMap<string, number>;
  paint: Paint;
}

export function planFor(model: ChartModel, paint: Paint): Plan {
  const jumps = findJumps(model);
  const clusters = clustersOf(model);
  const arrows = new Map<string, ChartEdge[]>();
  for (const edge of model.edges) {
    if (jumps.has(edge)) continue;
    const cluster = clusters.get(edge.from)!;
    arrows.set(cluster, [...(arrows.get(cluster) ?? []), edge]);
  }

  const texts = new Map<string, BoxText>();
  for (const state of statesOf(model.root)) {
    const role: BoxRole = state === model.root ? 'root' : state.children.length > 0 ? 'container' : 'leaf';
    const own = [...jumps].filter(jump => jump.from === state.id);
    texts.set(state.id, setBoxText(state, role, own, paint));
  }
  const levels = model.root.id.split('.').length;
  const depths = new Map(statesOf(model.root).map(({ id }) => [id, id.split('.').length - levels]));
  return { root: model.root, texts, arrows, depths, paint };
}
