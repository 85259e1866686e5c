import type { KeyChange } from './compare-values.ts';
import type { ChangeKind, ChartDiff, StateChange, TransitionChange } from './diff-chart.ts';
import { guardText } from './transition-text.ts';
import { shorten } from './words.ts';

/** All that changed about one state and what leads on from it, in words. */
export interface DiffEntry {
  change: ChangeKind;
  /** Counts from 1; the picture shows it at each part that the entry tells of. */
  number: number;
  /** The state: its id after, or before when it was removed. */
  state: string;
  title: string;
  lines: readonly string[];
}

export const SIGN: Readonly<Record<ChangeKind, string>> = { added: '+', removed: '−', changed: '~' };

/** The differences in words, state by state. Values longer than `maxLength` characters are cut. */
export function describeDiff(diff: ChartDiff, maxLength = Number.POSITIVE_INFINITY): DiffEntry[] {
  const ids = new Set([...diff.states.map(({ id }) => id), ...diff.transitions.map(({ state }) => state)]);
  return [...ids].map((id, index): DiffEntry => {
    const state = diff.states.find(found => found.id === id);
    const leading = diff.transitions.filter(found => found.state === id);
    const change = state?.change ?? 'changed';
    // Of what is gone, only that it is gone.
    const keys = state && change !== 'removed' ? state.keys : [];
    const lines = [
      // A name's code is several keys, and one line.
      ...new Set(keys.map(key => keyText(key, maxLength))),
      ...(change === 'removed' ? [] : leading.flatMap(one => transitionLines(one, diff.chart, maxLength))),
    ];
    return { change, number: index + 1, state: id, title: titleOf(id, state, diff.chart), lines };
  });
}

/** `3 changed, 1 added` … of states and transitions together, for a heading. */
export function summaryOf({ states, transitions }: ChartDiff): string {
  const parts = [countText(states, 'state'), countText(transitions, 'transition')].filter(Boolean);
  return parts.join('; ') || 'no difference';
}

/** The whole difference as text, for a terminal or a review. */
export function diffText(diff: ChartDiff, before: string, after: string): string {
  const entries = describeDiff(diff).flatMap(({ change, title, lines }) => [
    '',
    `${SIGN[change]} ${title}`,
    ...lines.map(line => `    ${line}`),
  ]);
  return `${[`${before} → ${after}: ${summaryOf(diff)}`, ...entries].join('\n')}\n`;
}

function countText(parts: readonly { change: ChangeKind }[], what: string): string {
  const counts = (['added', 'removed', 'changed'] as const)
    .map(kind => [parts.filter(({ change }) => change === kind).length, kind] as const)
    .filter(([count]) => count > 0);
  if (counts.length === 0) return '';
  const many = parts.length > 1 ? 's' : '';
  return `${counts.map(([count, kind]) => `${count} ${kind}`).join(', ')} ${what}${many}`;
}

function titleOf(id: string, state: StateChange | undefined, chart: string): string {
  const name = shortName(id, chart);
  return state?.was ? `${name}, was ${state.was.split('.').slice(1).join('.') || state.was}` : name;
}

function shortName(id: string, chart: string): string {
  return id.startsWith(`${chart}.`) ? id.slice(chart.length + 1) : id;
}

function transitionLines(transition: TransitionChange, chart: string, maxLength: number): string[] {
  const { change, label, to, keys } = transition;
  const leads = to.length > 0 ? ` → ${to.map(id => shortName(id, chart)).join(', ')}` : '';
  const title = `${SIGN[change]} on ${label}`;
  if (change === 'removed') return [title + leads];
  return [
    change === 'added' ? title + leads : title,
    ...keys.map(key => `   ${keyText(key, maxLength, chart)}`),
  ];
}

const NAMES: Readonly<Record<string, string>> = {
  say: 'says',
  ask: 'asks when not understood',
  target: 'leads to',
  guard: 'only if',
  entry: 'on entry',
  exit: 'on exit',
  order: 'comes in place',
};

/** `says (es): “Hola” → “Buenas”`, `phrases: + “yes please”, − “yup”`. */
export function keyText(change: KeyChange, maxLength: number, chart = ''): string {
  const code = /^code\.(guards|actions|delays)\.([^.]+)/.exec(change.key);
  if (code) return `the code of ${code[1]!.slice(0, -1)} ${code[2]} changed`;

  const name = nameOf(change.key);
  const [isTarget, isGuard] = [change.key === 'target', change.key === 'guard'];
  const text = (value: unknown) =>
    shorten(isTarget ? targetText(value, chart) : isGuard ? guardText(value) : valueText(value), maxLength);
  if (change.added && change.removed && !isTarget) return `${name}: ${wordsText(change, text)}`;
  if (!('before' in change)) return `${name}: ${text(change.after)}`;
  return `${name}: ${text(change.before)} → ${'after' in change ? text(change.after) : 'none'}`;
}

function nameOf(key: string): string {
  const [first = '', ...rest] = key.replace(/^meta\./, '').split('.');
  const name = NAMES[first] ?? first;
  return rest.length > 0 ? `${name} (${rest.join('.')})` : name;
}

function wordsText({ added = [], removed = [] }: KeyChange, text: (value: unknown) => string): string {
  const parts = [...added.map(word => `+ ${text(word)}`), ...removed.map(word => `− ${text(word)}`)];
  return parts.join(', ') || 'in another order';
}

function targetText(value: unknown, chart: string): string {
  return (value as readonly string[]).map(id => shortName(id, chart)).join(', ') || 'nowhere';
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return `“${value}”`;
  return Array.isArray(value) && value.every(item => typeof item === 'string')
    ? value.join(', ')
    : JSON.stringify(value);
}
