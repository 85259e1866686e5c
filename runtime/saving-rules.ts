import type { CallEvent } from '../machines/call-events.ts';
import type { LogEntry, Note } from './journal.ts';

/** A call is written down whole when a turn begins and when what the caller heard of it is known. */
const TURN_BOUNDARIES: ReadonlySet<Note['type']> = new Set<Note['type']>(['turn.opened', 'turn.heard']);

/** What a call that goes on elsewhere cannot do without: it is written at once, not with the next flush. */
const URGENT: ReadonlySet<CallEvent['type']> = new Set<CallEvent['type']>([
  'line.lost',
  'caller.finished',
  'tools.finished',
  'placement.handOff',
  'placement.taken',
  'placement.refused',
]);

export function isTurnBoundary(entry: LogEntry): boolean {
  return entry.kind === 'note' && TURN_BOUNDARIES.has(entry.note.type);
}

export function isUrgent(entry: LogEntry): boolean {
  return entry.kind === 'event' && URGENT.has(entry.event.type);
}
