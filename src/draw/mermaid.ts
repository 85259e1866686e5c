import {
  type ChartEdge,
  type ChartModel,
  type ChartState,
  isInside,
  labelText,
  parentOf,
} from './chart-model.ts';
import { relativeName } from './jumps.ts';

/**
 * The chart as a Mermaid state diagram, which code hosts draw in Markdown. Mermaid cannot join states in different
 * composite states, so such a transition joins the composites that hold them and its label says where it really leads.
 */
export function toMermaid(model: ChartModel): string {
  const lines = ['stateDiagram-v2', ...insideOf(model.root, model.edges, 1)];
  return `${lines.join('\n')}\n`;
}

function insideOf(state: ChartState, edges: readonly ChartEdge[], depth: number): string[] {
  const indent = '  '.repeat(depth);
  const lines: string[] = [];
  for (const [index, child] of state.children.entries()) {
    if (state.kind === 'parallel') {
      // A region is not a state of its own in Mermaid, which fails on arrows to composites two levels below one.
      lines.push(...(index > 0 ? [`${indent}--`] : []), `${indent}%% Region ${child.name}`);
      lines.push(...insideOf(child, edges, depth));
      continue;
    }
    lines.push(...declare(child, edges, depth));
    if (child.kind === 'final') lines.push(`${indent}${idOf(child.id)} --> [*]`);
  }
  // Mermaid fails on an arrow to a composite with regions that it has not met yet.
  if (state.initial) lines.push(`${indent}[*] --> ${idOf(state.initial)}`);
  return [...lines, ...arrowsIn(state, edges, indent)];
}

function declare(state: ChartState, edges: readonly ChartEdge[], depth: number): string[] {
  const indent = '  '.repeat(depth);
  const declaration = `${indent}state "${quote(state.name)}" as ${idOf(state.id)}`;
  if (state.children.length === 0) {
    return [
      declaration,
      ...(state.description ? [`${indent}${idOf(state.id)} : ${quote(state.description)}`] : []),
    ];
  }
  return [`${declaration} {`, ...insideOf(state, edges, depth + 1), `${indent}}`];
}

/** Transitions whose ends meet in this state: between its children, or from itself inwards. */
function arrowsIn(container: ChartState, edges: readonly ChartEdge[], indent: string): string[] {
  const here = edges.filter(edge => meetingPlace(edge) === container.id);
  // Regions have no common ground in Mermaid on which an arrow could be drawn.
  if (container.kind === 'parallel') {
    return here.map(edge => `${indent}%% ${edge.from} --> ${edge.to} : ${labelsOf(edge)}`);
  }

  const anywhere = `${container.id} anywhere`;
  const lines = here.map(edge => {
    const inwards = edge.from === container.id;
    const from = inwards ? anywhere : childToward(container.id, edge.from);
    const to = childToward(container.id, edge.to);
    const source = inwards || from === edge.from ? '' : ` (in ${relativeName(to, edge.from)})`;
    const target = to === edge.to ? '' : ` → ${relativeName(edge.from, edge.to)}`;
    return `${indent}${idOf(from)} --> ${idOf(to)} : ${quote(`${labelsOf(edge)}${source}${target}`)}`;
  });
  const needsDot = here.some(edge => edge.from === container.id);
  return needsDot ? [`${indent}state "anywhere" as ${idOf(anywhere)}`, ...lines] : lines;
}

/** The innermost state that holds both ends, or the source when it leads inwards. */
function meetingPlace({ from, to }: ChartEdge): string {
  let container = isInside(to, from) ? from : parentOf(from);
  while (container && !isInside(to, container)) container = parentOf(container);
  return container;
}

function childToward(container: string, state: string): string {
  const rest = state.slice(container.length + 1);
  return `${container}.${rest.split('.')[0]}`;
}

function labelsOf(edge: ChartEdge): string {
  return edge.labels.map(labelText).join(', ');
}

/** Mermaid's identifiers are words; a dot in a state's own name cannot make two states one, because names have none. */
function idOf(state: string): string {
  return state.replace(/\W/g, '_');
}

const REPLACEMENTS: Readonly<Record<string, string>> = {
  ':': ' –',
  ';': ',',
  '"': "'",
  '#': 'no. ',
  '{': '(',
  '}': ')',
};

/** These would end the text, start a comment or begin a block, and Mermaid shows its own escapes for them as they are. */
function quote(text: string): string {
  return text.replace(/[:;"#{}]/g, char => REPLACEMENTS[char]!);
}
