import type { CallStep, LogEntry } from '../shell/types.ts';

export type EntryKind = LogEntry['kind'] | 'placement';

/** Where the call is worked on is told by events and by notes; whoever looks for it wants both. */
export function kindOf(entry: LogEntry): EntryKind {
  const name = entry.kind === 'timer' ? '' : entryName(entry, undefined);
  return name === 'call.moved' || name.startsWith('placement.') ? 'placement' : entry.kind;
}

/** The type of an entry, as `caller.finished` or `after silence`. */
export function entryName(entry: LogEntry, step: CallStep | undefined): string {
  if (entry.kind === 'event') return entry.event.type;
  if (entry.kind === 'note') return entry.note.type;
  return step?.event ?? `timer ${entry.timer}`;
}

/** What else it says, in one line: `turn 3, text “Hello”`. */
export function entryGist(entry: LogEntry): string {
  if (entry.kind === 'timer') return '';
  const { type: _, ...rest } = (entry.kind === 'event' ? entry.event : entry.note) as Record<string, unknown>;
  return Object.entries(rest)
    .map(([name, value]) => `${name} ${toldValue(value)}`)
    .join(', ');
}

function toldValue(value: unknown): string {
  if (typeof value === 'string') return `“${value}”`;
  return JSON.stringify(typeof value === 'number' ? Math.round(value * 100) / 100 : value);
}
