import type { ElkExtendedEdge, ElkNode } from 'elkjs';
import { type ChartState, isInside, parentOf } from './chart-model.ts';
import { anywhereDotId, arrowId, initialDotId } from './elk-graph.ts';
import {
  move,
  type Picture,
  type PlacedArrow,
  type PlacedDot,
  type PlacedState,
  type Point,
  type Rectangle,
} from './picture.ts';
import type { Plan } from './plan.ts';

/** Reads what ELK placed in a cluster, and puts the finished `insides` where their boxes are. */
export function readCluster(
  top: ChartState,
  plan: Plan,
  cluster: ElkNode,
  insides: ReadonlyMap<string, Picture>,
): Picture {
  const nodes = new Map<string, ElkNode>();
  const edges = new Map<string, ElkExtendedEdge>();
  collect(cluster, nodes, edges);
  const states: PlacedState[] = [];
  const arrows: PlacedArrow[] = [];
  const dots: PlacedDot[] = [];

  const read = (state: ChartState, isRegion: boolean) => {
    const at = rectangle(nodes.get(state.id)!);
    const inside = insides.get(state.id);
    if (inside) {
      const moved = move(inside, at.x, at.y);
      states.push(...moved.states);
      arrows.push(...moved.arrows);
      dots.push(...moved.dots);
      return;
    }
    states.push({
      state,
      depth: plan.depths.get(state.id)!,
      isRegion,
      text: plan.texts.get(state.id)!,
      ...at,
    });
    const id = initialDotId(state.id);
    if (nodes.has(id))
      dots.push({ kind: 'initial', ...rectangle(nodes.get(id)!), points: pointsOf(edges.get(id)!) });
    for (const child of state.children) read(child, false);
  };
  // A cluster that is not the whole chart is a region.
  read(top, top !== plan.root);

  for (const [index, edge] of (plan.arrows.get(top.id) ?? []).entries()) {
    const placed = edges.get(arrowId(index))!;
    if (isInside(edge.to, edge.from)) {
      dots.push({ kind: 'anywhere', ...rectangle(nodes.get(anywhereDotId(edge))!), points: [] });
    }
    const depth = plan.depths.get(commonContainer(edge.from, edge.to)) ?? 0;
    arrows.push({ edge, points: pointsOf(placed), label: rectangle(placed.labels![0]!), depth });
  }
  return { width: cluster.width!, height: cluster.height!, states, arrows, dots };
}

function commonContainer(from: string, to: string): string {
  let container = isInside(to, from) ? from : parentOf(from);
  while (container && !isInside(to, container)) container = parentOf(container);
  return container;
}

function collect(node: ElkNode, nodes: Map<string, ElkNode>, edges: Map<string, ElkExtendedEdge>): void {
  nodes.set(node.id, node);
  for (const edge of node.edges ?? []) edges.set(edge.id, edge);
  for (const child of node.children ?? []) collect(child, nodes, edges);
}

function pointsOf(edge: ElkExtendedEdge): Point[] {
  return (edge.sections ?? []).flatMap(section =>
    [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(({ x, y }) => ({ x, y })),
  );
}

function rectangle(shape: Partial<Rectangle>): Rectangle {
  return { x: shape.x ?? 0, y: shape.y ?? 0, width: shape.width ?? 0, height: shape.height ?? 0 };
}
