import {
  type ChartEdge,
  type ChartModel,
  type ChartState,
  type EdgeLabel,
  isInside,
  labelText,
  parentOf,
} from './chart-model.ts';
import { relativeName } from './jumps.ts';
import { type Look, type Paint, PLAIN } from './paint.ts';
import { shorten } from './words.ts';

/** Mermaid does not break lines. */
const SHOWN_OF_LINE = 60;

/**
 * The chart as a Mermaid state diagram, which code hosts draw in Markdown. Mermaid cannot join states in different
 * composite states, so such a transition joins the composites that hold them and its label says where it really leads.
 */
export function toMermaid(model: ChartModel, paint: Paint = PLAIN): string {
  const lines = [
    'stateDiagram-v2',
    ...insideOf(model.root, { edges: model.edges, paint }, 1),
    ...looksOf(model, paint),
  ];
  return `${lines.join('\n')}\n`;
}

interface Told {
  edges: readonly ChartEdge[];
  paint: Paint;
}

/** Mermaid has no media queries: these are legible on light and on dark pages. */
const LOOKS: Readonly<Record<Look, string>> = {
  added: 'stroke:#2f81d6,stroke-width:3px',
  removed: 'stroke:#d2622a,stroke-width:3px,stroke-dasharray:6 4',
  changed: 'stroke:#b14fac,stroke-width:3px,stroke-dasharray:10 3 2 3',
  covered: 'stroke:#2f81d6,stroke-width:2px',
  uncovered: 'stroke:#d2622a,stroke-width:3px,stroke-dasharray:2 3',
};

function looksOf({ root }: ChartModel, { states }: Paint): string[] {
  const byLook = new Map<Look, string[]>();
  for (const id of declaredIn(root)) {
    const look = states.get(id)?.look;
    if (look) byLook.set(look, [...(byLook.get(look) ?? []), idOf(id)]);
  }
  return [...byLook].flatMap(([look, ids]) => [
    `  classDef ${look} ${LOOKS[look]}`,
    `  class ${ids.join(',')} ${look}`,
  ]);
}

/** The states that Mermaid knows: neither the chart itself nor regions. */
function declaredIn(state: ChartState): string[] {
  return state.children.flatMap(child => [
    ...(state.kind === 'parallel' ? [] : [child.id]),
    ...declaredIn(child),
  ]);
}

function insideOf(state: ChartState, told: Told, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const lines: string[] = [];
  for (const [index, child] of state.children.entries()) {
    if (state.kind === 'parallel') {
      // A region is not a state of its own in Mermaid, which fails on arrows to composites two levels below one.
      lines.push(...(index > 0 ? [`${indent}--`] : []), `${indent}%% Region ${child.name}`);
      lines.push(...insideOf(child, told, depth));
      continue;
    }
    lines.push(...declare(child, told, depth));
    if (child.kind === 'final') lines.push(`${indent}${idOf(child.id)} --> [*]`);
  }
  // Mermaid fails on an arrow to a composite with regions that it has not met yet.
  if (state.initial) lines.push(`${indent}[*] --> ${idOf(state.initial)}`);
  return [...lines, ...arrowsIn(state, told, indent)];
}

function declare(state: ChartState, told: Told, depth: number): string[] {
  const indent = '  '.repeat(depth);
  const declaration = `${indent}state "${quote(nameOf(state, told.paint))}" as ${idOf(state.id)}`;
  if (state.children.length === 0) {
    return [declaration, ...wordsOf(state).map(words => `${indent}${idOf(state.id)} : ${quote(words)}`)];
  }
  return [`${declaration} {`, ...insideOf(state, told, depth + 1), `${indent}}`];
}

function wordsOf({ description, traits }: ChartState): string[] {
  const said = traits?.says && `“${shorten(traits.says, SHOWN_OF_LINE)}”`;
  const tags = traits?.tags.map(({ text }) => text).join(', ');
  return [description, said, tags].filter((words): words is string => Boolean(words));
}

function nameOf({ id, name }: ChartState, paint: Paint): string {
  return [paint.states.get(id)?.tag, name].filter(Boolean).join(' ');
}

/** Transitions whose ends meet in this state: between its children, or from itself inwards. */
function arrowsIn(container: ChartState, told: Told, indent: string): string[] {
  const here = told.edges.filter(edge => meetingPlace(edge) === container.id);
  // Regions have no common ground in Mermaid on which an arrow could be drawn.
  if (container.kind === 'parallel') {
    return here.map(edge => `${indent}%% ${edge.from} --> ${edge.to} : ${labelsOf(edge, told.paint)}`);
  }

  const anywhere = `${container.id} anywhere`;
  const lines = here.map(edge => {
    const inwards = edge.from === container.id;
    const from = inwards ? anywhere : childToward(container.id, edge.from);
    const to = childToward(container.id, edge.to);
    const source = inwards || from === edge.from ? '' : ` (in ${relativeName(to, edge.from)})`;
    const target = to === edge.to ? '' : ` → ${relativeName(edge.from, edge.to)}`;
    return `${indent}${idOf(from)} --> ${idOf(to)} : ${quote(`${labelsOf(edge, told.paint)}${source}${target}`)}`;
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

function labelsOf(edge: ChartEdge, paint: Paint): string {
  const tagged = (label: EdgeLabel, index: number) =>
    [paint.transitions.get(edge.transitions[index]!)?.tag, labelText(label)].filter(Boolean).join(' ');
  return edge.labels.map(tagged).join(', ');
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
