import { LINE_HEIGHT, type TextLine } from './box.ts';
import { type ChartState, type EdgeLabel, labelText } from './chart-model.ts';
import type { Picture, PlacedArrow, PlacedDot, PlacedState, Point } from './picture.ts';
import { STYLE } from './svg-style.ts';

const CORNER = { box: 8, final: 8, bend: 7 };
const ARROW = { length: 8, halfWidth: 3.6 };

/** Writes a picture as one SVG file without scripts, fonts or links. */
export function toSvg(picture: Picture, title: string): string {
  const [width, height] = [Math.ceil(picture.width), Math.ceil(picture.height)];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="10"/>`,
    ...picture.states.map(drawState),
    ...picture.arrows.map(drawArrow),
    ...picture.dots.map(drawDot),
    ...picture.states.map(drawWords),
    ...picture.arrows.map(drawLabel),
    '</svg>',
  ];
  return `${parts.filter(Boolean).join('\n')}\n`;
}

function drawState(placed: PlacedState): string {
  const { state, depth, x, y, width, height } = placed;
  const classes = `state ${state.kind} depth-${depth % 2}${depth === 0 ? ' root' : ''}${placed.isRegion ? ' region' : ''}`;
  const frame = (inset: number, className: string) =>
    `<rect class="${className}" x="${n(x + inset)}" y="${n(y + inset)}" width="${n(width - 2 * inset)}" height="${n(height - 2 * inset)}" rx="${CORNER.box - inset}"/>`;

  return [
    `<g class="${classes}" data-state="${escapeXml(state.id)}">`,
    `<title>${escapeXml(state.description ? `${state.id}: ${state.description}` : state.id)}</title>`,
    frame(0, 'box'),
    state.kind === 'final' ? frame(3, 'inner') : '',
    '</g>',
  ].join('');
}

/** Words come after the arrows, so that an arrow passes behind them. */
function drawWords(placed: PlacedState): string {
  const { state, text } = placed;
  const lines = text.lines.map(line => drawLine(line, placed));
  return `<g class="words ${surfaceOf(state, placed.depth)}" data-words="${escapeXml(state.id)}">${lines.join('')}</g>`;
}

function surfaceOf(state: ChartState, depth: number): string {
  return state.children.length === 0 ? 'on-leaf' : `on-${depth % 2}`;
}

function drawLine(line: TextLine, { x, y }: Point): string {
  const mark = line.transitions.length > 0 ? ` data-edge="${escapeXml(line.transitions.join(' '))}"` : '';
  const words = line.label ? labelMarkup(line.label) : escapeXml(line.text);
  return `<text class="${line.style}" x="${n(x + line.x)}" y="${n(y + line.y)}"${mark}>${words}</text>`;
}

function drawArrow({ edge, points }: PlacedArrow): string {
  const timed = edge.labels.every(label => label.timed) ? ' timed' : '';
  return `<g class="edge${timed}" data-edge="${escapeXml(edge.transitions.join(' '))}">${arrow(points)}</g>`;
}

function drawLabel({ edge, label, depth }: PlacedArrow): string {
  const lines = edge.labels.map((line, index) => {
    const y = label.y + (index + 0.76) * LINE_HEIGHT.label + 1;
    const mark = `data-edge="${escapeXml(edge.transitions[index]!)}"`;
    return `<text x="${n(label.x + 3)}" y="${n(y)}" ${mark}>${labelMarkup(line)}</text>`;
  });
  return `<g class="label on-${depth % 2}">${lines.join('')}</g>`;
}

function labelMarkup(label: EdgeLabel): string {
  const trigger = label.trigger || (label.guard ? '' : labelText(label));
  const guard = label.guard ? `<tspan class="guard">[${escapeXml(label.guard)}]</tspan>` : '';
  const what = trigger
    ? `<tspan class="${label.timed ? 'timer' : 'event'}">${escapeXml(trigger)}</tspan>`
    : '';
  return [what, guard].filter(Boolean).join(' ');
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

/** A tenth of a pixel is finer than anyone sees, and keeps the file small. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!);
}
