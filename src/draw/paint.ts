/** How a part of a picture is told apart from the rest: by colour, by line and by its tag, so never by colour alone. */
export type Look = 'added' | 'removed' | 'changed' | 'covered' | 'uncovered';

export interface PartPaint {
  look: Look;
  /** A few characters shown at the part, as `+ 3` or `12×`. */
  tag: string;
}

/** A change or fact told in words under the picture. */
export interface PaintEntry extends PartPaint {
  title: string;
  lines: readonly string[];
}

/** What is painted over a chart, with the words that explain it. */
export interface Paint {
  /** Stands above the chart; empty for none. */
  heading: string;
  states: ReadonlyMap<string, PartPaint>;
  transitions: ReadonlyMap<string, PartPaint>;
  legend: readonly PaintEntry[];
  entries: readonly PaintEntry[];
}

export const PLAIN: Paint = {
  heading: '',
  states: new Map(),
  transitions: new Map(),
  legend: [],
  entries: [],
};

/** What an arrow looks like that stands for several transitions; null when one of them is as it was. */
export function commonLook(paint: Paint, transitions: readonly string[]): Look | null {
  const looks = new Set(transitions.map(id => paint.transitions.get(id)?.look ?? null));
  if (looks.size === 1) return [...looks][0]!;
  if (looks.has(null)) return null;
  return looks.has('covered') ? 'covered' : 'changed';
}
