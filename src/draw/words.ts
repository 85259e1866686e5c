import { type EdgeLabel, labelText, type StateNote } from './chart-model.ts';
import type { Look, Paint } from './paint.ts';
import { textWidth } from './text-metrics.ts';

/** A run of words in one style. */
export interface Run {
  style: 'event' | 'choice' | 'tool' | 'call' | 'timer' | 'by' | 'guard' | 'tag' | 'plain';
  text: string;
  look: Look | null;
}

/** A transition's label in runs: its tag, what brings it about, and on which condition. */
export function labelRuns(label: EdgeLabel, transition: string, paint: Paint): Run[] {
  const painted = paint.transitions.get(transition);
  const look = painted?.look ?? null;
  const runs: Run[] = [];
  if (painted?.tag) runs.push({ style: 'tag', text: painted.tag, look });
  const trigger = label.trigger || (label.guard ? '' : labelText(label));
  // The sign tells a tool's answer from a choice where colours are not seen.
  if (trigger) runs.push({ style: label.kind, text: label.kind === 'tool' ? `▸ ${trigger}` : trigger, look });
  if (label.by) runs.push({ style: 'by', text: `(${label.by})`, look });
  if (label.guard) runs.push({ style: 'guard', text: `[${label.guard}]`, look });
  return runs;
}

const NOTE_SIGN: Record<StateNote['kind'], string> = { again: '↻', does: '·', ignores: '∅' };

/** A note of a state in runs; what it ignores is one run an event. */
export function noteRuns({ kind, labels, actions, transitions }: StateNote, paint: Paint): Run[] {
  const plain = (text: string): Run => ({ style: 'plain', text, look: null });
  const told = labels.flatMap((label, index) => {
    const runs = labelRuns(label, transitions[index]!, paint);
    const last = runs.at(-1)!;
    return index < labels.length - 1 ? [...runs.slice(0, -1), { ...last, text: `${last.text},` }] : runs;
  });
  const does = actions.length > 0 ? [plain('/'), plain(actions.join(', '))] : [];
  return [plain(NOTE_SIGN[kind]), ...told, ...does];
}

/** Width in pixels of the runs with a space between each. */
export function runsWidth(runs: readonly Run[], sizePx: number, bold = false): number {
  const widths = runs.map(({ style, text }) =>
    textWidth(text, sizePx, bold || style === 'choice' || style === 'tag'),
  );
  return widths.reduce((sum, width) => sum + width, textWidth(' ', sizePx) * (runs.length - 1));
}

/** The text in at most so many characters, cut at a word, with an ellipsis where something is left out. */
export function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength);
  const words = cut.slice(0, Math.max(cut.lastIndexOf(' '), maxLength / 2));
  return `${words.replace(/[\s.,;:]+$/, '')} …`;
}
