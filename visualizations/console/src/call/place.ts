import { nodeName } from '../shell/format.ts';
import type { CallOpening, LogEntry } from '../shell/types.ts';

/** Where a call is worked on. */
export interface Place {
  placement: 'edge' | 'cloud';
  node: string;
}

/** Where the call was worked on at its `count`th log entry. */
export function placeOf(
  { placement, node }: Pick<CallOpening, 'placement' | 'node'>,
  entries: readonly LogEntry[],
  count = entries.length,
): Place {
  const place: Place = { placement, node };
  for (let at = 0; at < count; at++) {
    const entry = entries[at] as LogEntry;
    if (entry.kind === 'event' && entry.event.type === 'placement.taken') place.placement = 'cloud';
    if (entry.kind === 'note' && entry.note.type === 'call.moved') place.node = entry.note.node;
  }
  return place;
}

/** `at the edge (iad)`, `in the cloud on cloud-2`. */
export function placeText({ placement, node }: Place): string {
  return placement === 'edge'
    ? `at the edge (${nodeName(node).replace('edge ', '')})`
    : `in the cloud on ${nodeName(node)}`;
}
