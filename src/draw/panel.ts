import { chipWidth } from './box.ts';
import type { ChartModel } from './chart-model.ts';
import type { Look, Paint, PaintEntry } from './paint.ts';
import { escapeXml, n } from './svg-text.ts';
import { textWidth, wrapText } from './text-metrics.ts';
import type { TransitionKind } from './transition-text.ts';

/** Words and samples above or below a chart. */
export interface Panel {
  width: number;
  height: number;
  svg: string;
}

export interface Panels {
  above: Panel;
  below: Panel;
}

const MARGIN = 26;
const COLUMN = { width: 400, gap: 36 };
const LINE = { heading: 22, entry: 20, text: 15 };
const SIZE = { heading: 13, text: 11 };
const SAMPLE = { width: 30, gap: 8, apart: 24 };

/** What explains the picture: over it what is painted, under it the key and every change or fact in words. */
export function panelsFor(model: ChartModel, paint: Paint, chartWidth: number): Panels {
  const below = stack([model.isFlow ? keyPanel(model, chartWidth) : EMPTY, entriesPanel(paint, chartWidth)]);
  return { above: paint.heading ? headingPanel(paint, chartWidth) : EMPTY, below };
}

const EMPTY: Panel = { width: 0, height: 0, svg: '' };

function stack(panels: readonly Panel[]): Panel {
  let height = 0;
  const parts: string[] = [];
  for (const panel of panels) {
    if (panel.svg) parts.push(`<g transform="translate(0 ${n(height)})">${panel.svg}</g>`);
    height += panel.height;
  }
  return { width: Math.max(...panels.map(panel => panel.width)), height, svg: parts.join('') };
}

interface Sample {
  svg: string;
  text: string;
}

function headingPanel(paint: Paint, chartWidth: number): Panel {
  const heading = text(MARGIN, 26, paint.heading, 'heading');
  const samples = paint.legend.map(
    ({ look, tag, title }): Sample => ({ svg: swatch(look, tag), text: title }),
  );
  const rows = sampleRows(samples, chartWidth, 34);
  const width = MARGIN * 2 + textWidth(paint.heading, SIZE.heading, true);
  return {
    width: Math.max(width, rows.width),
    height: 34 + rows.height,
    svg: `<g class="panel">${heading}${rows.svg}</g>`,
  };
}

const KEY: Partial<Record<TransitionKind, string>> = {
  choice: 'the caller’s choice',
  tool: 'a tool’s answer',
  call: 'the call itself',
  timer: 'time',
};

/** Explains only what the chart has. */
function keyPanel(model: ChartModel, chartWidth: number): Panel {
  const found = new Set(model.transitions.map(({ label }) => label.kind));
  const samples = Object.entries(KEY)
    .filter(([kind]) => found.has(kind as TransitionKind))
    .map(
      ([kind, title]): Sample => ({
        svg: `<g class="${kind}"><path class="line" d="M0 -4H22"/><path class="head" d="M30 -4L22 -7.6L22 -0.4Z"/></g>`,
        text: title,
      }),
    );
  if (model.edges.some(({ from, to }) => to.startsWith(`${from}.`))) {
    const svg =
      '<g class="anywhere"><circle cx="4" cy="-4" r="4"/></g><path class="line" d="M8 -4H22"/><path class="head" d="M30 -4L22 -7.6L22 -0.4Z"/>';
    samples.push({ svg, text: 'from anywhere in the box that the ring is in' });
  }
  const rows = sampleRows(samples, chartWidth, 6);
  return { ...rows, height: rows.height + 12, svg: `<g class="panel">${rows.svg}</g>` };
}

/** Samples in rows no wider than the chart. */
function sampleRows(samples: readonly Sample[], chartWidth: number, top: number): Panel {
  let [x, y, width] = [MARGIN, top + 14, 0];
  const parts: string[] = [];
  for (const sample of samples) {
    const needed = SAMPLE.width + SAMPLE.gap + textWidth(sample.text, SIZE.text);
    if (x > MARGIN && x + needed > chartWidth - MARGIN) [x, y] = [MARGIN, y + LINE.entry];
    const words = text(SAMPLE.width + SAMPLE.gap, 0, sample.text, 'quiet');
    parts.push(`<g transform="translate(${n(x)} ${n(y)})">${sample.svg}${words}</g>`);
    width = Math.max(width, x + needed + MARGIN);
    x += needed + SAMPLE.apart;
  }
  return { width, height: samples.length > 0 ? y - top + 10 : 0, svg: parts.join('') };
}

function swatch(look: Look, tag: string): string {
  const rect = `<rect class="swatch ${look}" x="1" y="-12" width="28" height="15" rx="4"/>`;
  return `${rect}<text class="run ${look} entry" x="15" y="0" text-anchor="middle">${escapeXml(tag)}</text>`;
}

/** The entries in columns, each as wide as reads well on a telephone held upright. */
function entriesPanel({ entries }: Paint, chartWidth: number): Panel {
  if (entries.length === 0) return EMPTY;
  const room = chartWidth - 2 * MARGIN + COLUMN.gap;
  const columns = Math.max(1, Math.floor(room / (COLUMN.width + COLUMN.gap)));
  const set = entries.map(setEntry);
  const limit = Math.max(...set.map(entry => entry.height), fairHeight(set, columns));

  const parts: string[] = [];
  let [column, y, bottom] = [0, 0, 0];
  for (const entry of set) {
    if (y > 0 && y + entry.height > limit && column < columns - 1) [column, y] = [column + 1, 0];
    const x = MARGIN + column * (COLUMN.width + COLUMN.gap);
    parts.push(`<g transform="translate(${n(x)} ${n(y + 24)})">${entry.svg}</g>`);
    y += entry.height;
    bottom = Math.max(bottom, y);
  }
  const used = MARGIN * 2 + (column + 1) * (COLUMN.width + COLUMN.gap) - COLUMN.gap;
  const rule = `<path class="rule" d="M${MARGIN} 4H${n(Math.max(used, chartWidth) - MARGIN)}"/>`;
  return { width: used, height: bottom + 40, svg: `<g class="panel">${rule}${parts.join('')}</g>` };
}

/** The least height at which the entries, kept in order, fit the columns. */
function fairHeight(set: readonly Panel[], columns: number): number {
  const total = set.reduce((sum, entry) => sum + entry.height, 0);
  const highest = Math.max(...set.map(entry => entry.height));
  for (let limit = Math.max(highest, total / columns); ; limit += LINE.text) {
    let [used, y] = [1, 0];
    for (const entry of set) {
      if (y > 0 && y + entry.height > limit) [used, y] = [used + 1, 0];
      y += entry.height;
    }
    if (used <= columns) return limit;
  }
}

function setEntry({ look, tag, title, lines }: PaintEntry): Panel {
  const chip = chipWidth(tag, true);
  const indent = chip + 8;
  const parts = [
    `<g class="chip ${look}"><rect x="0" y="1" width="${chip}" height="15" rx="7.5"/>${text(chip / 2, 12, tag, 'entry', 'middle')}</g>`,
  ];
  let y = 12;
  for (const line of wrapText(title, SIZE.text * 1.06, COLUMN.width - indent)) {
    parts.push(text(indent, y, line, 'entry'));
    y += LINE.text;
  }
  for (const line of lines) {
    const deeper = line.startsWith(' ') ? SAMPLE.gap * 2 : 0;
    for (const words of wrapText(line, SIZE.text, COLUMN.width - indent - deeper)) {
      parts.push(text(indent + deeper, y, words, 'quiet'));
      y += LINE.text;
    }
  }
  return { width: COLUMN.width, height: y + 2, svg: parts.join('') };
}

function text(x: number, y: number, words: string, style: string, anchor = ''): string {
  const align = anchor && ` text-anchor="${anchor}"`;
  return `<text class="${style}" x="${n(x)}" y="${n(y)}"${align}>${escapeXml(words)}</text>`;
}
