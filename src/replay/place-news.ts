import type { LogEntry, Move } from '../../runtime/journal.ts';

/** A call moved, or it was decided where it is worked on. */
export interface PlaceNews {
  seq: number;
  /** From the call's start. */
  atMs: number;
  text: string;
}

/** What an entry of the log says of the call's place; null for any other. `agentSpeaks`: at that moment. */
export function placeNewsOf(entry: LogEntry, agentSpeaks: () => boolean): PlaceNews | null {
  const text = placeText(entry, agentSpeaks);
  return text === null ? null : { seq: entry.seq, atMs: entry.atMs, text };
}

/** `Moved from edge iad to cloud-2 while the agent spoke`. */
export function moveText(
  { node, from, reason }: Pick<Move, 'node' | 'from' | 'reason'>,
  agentSpeaks: boolean,
): string {
  const meanwhile = agentSpeaks ? ' while the agent spoke' : '';
  switch (reason) {
    case 'handOff':
      return `Moved from ${nodeName(from)} to ${nodeName(node)}${meanwhile}`;
    case 'drain':
      return `Handed over to ${nodeName(node)}${meanwhile}: ${nodeName(from)} drains`;
    case 'nodeDied':
      return node === from
        ? `Picked up again by ${nodeName(node)}, which had died`
        : `Picked up by ${nodeName(node)} after ${nodeName(from)} died`;
  }
}

function placeText(entry: LogEntry, agentSpeaks: () => boolean): string | null {
  if (entry.kind === 'event')
    return entry.event.type === 'placement.refused' ? `Stays where it is: ${entry.event.reason}` : null;
  if (entry.kind !== 'note') return null;
  const { note } = entry;
  if (note.type === 'placement.decided') return note.text;
  return note.type === 'call.moved' ? moveText(note, agentSpeaks()) : null;
}

/** Places of the edge are called by the code of their airport. */
function nodeName(node: string): string {
  return node.replace(/^edge-/, 'edge ');
}
