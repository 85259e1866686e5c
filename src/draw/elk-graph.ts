import type { ElkExtendedEdge, ElkNode } from 'elkjs';
import { LINE_HEIGHT, TYPE } from './box.ts';
import { type ChartEdge, type ChartState, isInside, labelText } from './chart-model.ts';
import type { Paint } from './paint.ts';
import type { Size } from './picture.ts';
import type { Plan } from './plan.ts';
import { labelRuns, runsWidth } from './words.ts';

const DOT_SIZE = 10;
const LABEL_GAP = 6;
const INNER_MARGIN = 14;

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'DOWN',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.layered.edgeLabels.sideSelection': 'ALWAYS_UP',
  'elk.layered.thoroughness': '20',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.spacing.nodeNode': '24',
  'elk.spacing.edgeNode': '16',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '3',
  'elk.layered.spacing.nodeNodeBetweenLayers': '22',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '11',
  'elk.padding': padding(0, 0),
};

/** No one start suits every chart: each is tried, and the calmest picture is kept. */
export const VARIANTS: readonly Readonly<Record<string, string>>[] = ['GREEDY', 'DEPTH_FIRST'].flatMap(
  cycles =>
    ['1', '2', '3', '4', '5'].map(seed => ({
      'elk.layered.cycleBreaking.strategy': cycles,
      'elk.randomSeed': seed,
    })),
);

/** The root or a region as a graph for ELK. States in `sizes` are boxes of that size: their inside is done already. */
export function clusterGraph(
  top: ChartState,
  plan: Plan,
  sizes: ReadonlyMap<string, Size>,
  variant: Readonly<Record<string, string>>,
): ElkNode {
  const arrows = plan.arrows.get(top.id) ?? [];
  return {
    id: 'cluster',
    layoutOptions: { ...OPTIONS, ...variant },
    children: [nodeOf(top, plan, arrows, sizes, { ...OPTIONS, ...variant })],
    edges: arrows.map((edge, index) => arrowOf(edge, arrowId(index), plan.paint)),
  };
}

export function arrowId(index: number): string {
  return `arrow ${index}`;
}

export function initialDotId(state: string): string {
  return `${state} initial`;
}

export function anywhereDotId(edge: ChartEdge): string {
  return `${edge.from} anywhere ${edge.to}`;
}

function nodeOf(
  state: ChartState,
  plan: Plan,
  arrows: readonly ChartEdge[],
  sizes: ReadonlyMap<string, Size>,
  options: Readonly<Record<string, string>>,
): ElkNode {
  const { width, height } = sizes.get(state.id) ?? plan.texts.get(state.id)!;
  if (sizes.has(state.id) || state.children.length === 0) return { id: state.id, width, height };

  const children = state.children.map(child => nodeOf(child, plan, arrows, sizes, options));
  const edges: ElkExtendedEdge[] = [];
  for (const edge of arrows) {
    if (edge.from === state.id && isInside(edge.to, edge.from)) children.unshift(dot(anywhereDotId(edge)));
  }
  if (state.initial) {
    const id = initialDotId(state.id);
    children.unshift(dot(id));
    edges.push({ id, sources: [id], targets: [state.initial] });
  }
  return {
    id: state.id,
    children,
    edges,
    layoutOptions: {
      ...options,
      'elk.padding': padding(height + 4, INNER_MARGIN),
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width}, ${height})`,
    },
  };
}

function arrowOf(edge: ChartEdge, id: string, paint: Paint): ElkExtendedEdge {
  const widths = edge.labels.map((label, index) =>
    runsWidth(labelRuns(label, edge.transitions[index]!, paint), TYPE.label),
  );
  return {
    id,
    sources: [isInside(edge.to, edge.from) ? anywhereDotId(edge) : edge.from],
    targets: [edge.to],
    labels: [
      {
        text: edge.labels.map(labelText).join('\n'),
        width: Math.max(...widths) + LABEL_GAP,
        height: widths.length * LINE_HEIGHT.label + 2,
        layoutOptions: { 'elk.edgeLabels.placement': 'CENTER' },
      },
    ],
  };
}

function dot(id: string): ElkNode {
  return { id, width: DOT_SIZE, height: DOT_SIZE };
}

function padding(topPx: number, otherPx: number): string {
  return `[top=${topPx},left=${otherPx},bottom=${otherPx},right=${otherPx}]`;
}
