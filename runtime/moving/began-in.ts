import type { LogEntry } from '../journal.ts';

/**
 * Where a call began, as its log tells: what is decided of a call's place is decided at the edge. The log of a call that has been
 * there for a moment alone may not tell it yet.
 */
export function beganIn(entries: Iterable<LogEntry>): 'edge' | 'cloud' {
  for (const entry of entries) if (tellsOfEdge(entry)) return 'edge';
  return 'cloud';
}

function tellsOfEdge(entry: LogEntry): boolean {
  if (entry.kind === 'event') return entry.event.type.startsWith('placement.');
  return entry.kind === 'note' && entry.note.type === 'placement.decided';
}
