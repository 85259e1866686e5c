import { type Chip, LINE_HEIGHT, type TextLine } from './box.ts';
import type { ChartState } from './chart-model.ts';
import { commonLook, type Paint, PLAIN } from './paint.ts';
import type { Panel, Panels } from './panel.ts';
import type { Picture, PlacedArrow, PlacedDot, PlacedState, Point } from './picture.ts';
import { STYLE } from './svg-style.ts';
import { escapeXml, n } from './svg-text.ts';
import { labelRuns, type Run } from './words.ts';

const EMPTY: Panel = { width: 0, height: 0, svg: '' };
const NO_PANELS: Panels = { above: EMPTY, below: EMPTY };

const CORNER = { box: 8, final: 8, bend: 7 };
const ARROW = { length: 8, halfWidth: 3.6 };

/** Writes a picture as one SVG file without scripts, fonts or links. */
export function toSvg(
  picture: Picture,
  title: string,
  paint: Paint = PLAIN,
  panels: Panels = NO_PANELS,
): string {
  const width = Math.ceil(Math.max(picture.width, panels.above.width, panels.below.width));
  const chartTop = Math.ceil(panels.above.height);
  const chartBottom = chartTop + Math.ceil(picture.height);
  const height = chartBottom + Math.ceil(panels.below.height);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="10"/>`,
    panels.above.svg,
    chartTop > 0 ? `<g transform="translate(0 ${chartTop})">` : '',
    ...picture.states.map(placed => drawState(placed, paint)),
    ...picture.arrows.map(placed => drawArrow(placed, paint)),
    ...picture.dots.map(drawDot),
    ...picture.states.map(placed => drawWords(placed, paint)),
    ...picture.arrows.map(placed => drawLabel(placed, paint)),
    chartTop > 0 ? '</g>' : '',
    panels.below.svg && `<g transform="translate(0 ${chartBottom})">${panels.below.svg}</g>`,
    '</svg>',
  ];
  return `${parts.filter(Boolean).join('\n')}\n`;
}

function drawState(placed: PlacedState, paint: Paint): string {
  const { state, depth, x, y, width, height } = placed;
  const isPart = Boolean(state.traits?.subflow);
  const classes = [
    'state',
    state.kind,
    `depth-${depth % 2}`,
    depth === 0 && 'root',
    placed.isRegion && 'region',
    isPart && 'part',
    paint.states.get(state.id)?.look,
  ];
  const frame = (inset: number, className: string) =>
    `<rect class="${className}" x="${n(x + inset)}" y="${n(y + inset)}" width="${n(width - 2 * inset)}" height="${n(height - 2 * inset)}" rx="${CORNER.box - inset}"/>`;

  return [
    `<g class="${classes.filter(Boolean).join(' ')}" data-state="${escapeXml(state.id)}">`,
    `<title>${escapeXml(hoverText(state))}</title>`,
    frame(0, 'box'),
    state.kind === 'final' || isPart ? frame(3, 'inner') : '',
    '</g>',
  ].join('');
}

/** What is too long for the box is shown whole where the pointer rests. */
function hoverText({ id, description, traits }: ChartState): string {
  const about = description ? `${id}: ${description}` : id;
  return traits?.says ? `${about} “${traits.says}”` : about;
}

/** Words come after the arrows, so that an arrow passes behind them. */
function drawWords(placed: PlacedState, paint: Paint): string {
  const { state, text } = placed;
  const look = paint.states.get(state.id)?.look;
  const lines = text.lines.map(line => drawLine(line, placed));
  const chips = text.chips.map(chip => drawChip(chip, placed, look));
  const classes = `words ${surfaceOf(state, placed.depth)}${look && placed.depth > 0 ? ` ${look}` : ''}`;
  return `<g class="${classes}" data-words="${escapeXml(state.id)}">${[...lines, ...chips].join('')}</g>`;
}

function drawChip(chip: Chip, { x, y }: Point, look = ''): string {
  const [left, top] = [x + chip.x, y + chip.y];
  const kind = chip.kind === 'paint' ? `painted ${look}` : chip.kind;
  const rect = `<rect x="${n(left)}" y="${n(top)}" width="${n(chip.width)}" height="${chip.height}" rx="${chip.height / 2}"/>`;
  const text = `<text x="${n(left + chip.width / 2)}" y="${n(top + chip.height * 0.74)}" text-anchor="middle">${escapeXml(chip.text)}</text>`;
  return `<g class="chip ${kind}">${rect}${text}</g>`;
}

function surfaceOf(state: ChartState, depth: number): string {
  return state.children.length === 0 ? 'on-leaf' : `on-${depth % 2}`;
}

function drawLine(line: TextLine, { x, y }: Point): string {
  const mark = line.transitions.length > 0 ? ` data-edge="${escapeXml(line.transitions.join(' '))}"` : '';
  return `<text class="${line.style}" x="${n(x + line.x)}" y="${n(y + line.y)}"${mark}>${runsMarkup(line.runs)}</text>`;
}

function drawArrow({ edge, points }: PlacedArrow, paint: Paint): string {
  const kinds = new Set(edge.labels.map(label => label.kind));
  const classes = ['edge', kinds.size === 1 && [...kinds][0], commonLook(paint, edge.transitions)];
  return `<g class="${classes.filter(Boolean).join(' ')}" data-edge="${escapeXml(edge.transitions.join(' '))}">${arrow(points)}</g>`;
}

function drawLabel({ edge, label, depth }: PlacedArrow, paint: Paint): string {
  const lines = edge.labels.map((line, index) => {
    const y = label.y + (index + 0.76) * LINE_HEIGHT.label + 1;
    const id = edge.transitions[index]!;
    return `<text x="${n(label.x + 3)}" y="${n(y)}" data-edge="${escapeXml(id)}">${runsMarkup(labelRuns(line, id, paint))}</text>`;
  });
  return `<g class="label on-${depth % 2}">${lines.join('')}</g>`;
}

function runsMarkup(runs: readonly Run[]): string {
  const markup = ({ style, text, look }: Run) =>
    style === 'plain'
      ? escapeXml(text)
      : `<tspan class="${style}${look ? ` run ${look}` : ''}">${escapeXml(text)}</tspan>`;
  return runs.map(markup).join(' ');
}

function drawDot({ kind, x, y, width, points }: PlacedDot): string {
  const radius = width / 2;
  const circle = `<circle cx="${n(x + radius)}" cy="${n(y + radius)}" r="${n(radius - 1)}"/>`;
  return `<g class="dot ${kind}">${circle}${points.length > 0 ? arrow(points) : ''}</g>`;
}

/** A line with rounded bends that stops where the head begins. */
function arrow(points: readonly Point[]): string {
  const [end, before] = [points.at(-1)!, points.at(-2)!];
  const direction = unit(before, end);
  const neck = { x: end.x - direction.x * ARROW.length, y: end.y - direction.y * ARROW.length };
  const side = { x: -direction.y * ARROW.halfWidth, y: direction.x * ARROW.halfWidth };
  const head = `M${p(end)}L${p({ x: neck.x + side.x, y: neck.y + side.y })}L${p({ x: neck.x - side.x, y: neck.y - side.y })}Z`;
  return `<path class="line" d="${roundedLine([...points.slice(0, -1), neck])}"/><path class="head" d="${head}"/>`;
}

function roundedLine(points: readonly Point[]): string {
  let path = `M${p(points[0]!)}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [from, corner, to] = [points[i - 1]!, points[i]!, points[i + 1]!];
    const radius = Math.min(CORNER.bend, distance(from, corner) / 2, distance(corner, to) / 2);
    const [incoming, outgoing] = [unit(from, corner), unit(corner, to)];
    const start = { x: corner.x - incoming.x * radius, y: corner.y - incoming.y * radius };
    const end = { x: corner.x + outgoing.x * radius, y: corner.y + outgoing.y * radius };
    path += `L${p(start)}Q${p(corner)} ${p(end)}`;
  }
  return `${path}L${p(points.at(-1)!)}`;
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}

function unit(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
}

function p({ x, y }: Point): string {
  return `${n(x)} ${n(y)}`;
}
