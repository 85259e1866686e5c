import type { LogEntry } from '../shell/types.ts';

/** One thing that was said or done, as people read it. */
export type Line =
  | { who: 'caller'; key: string; atMs: number; text: string; by: 'voice' | 'keypad' | 'text' }
  | {
      who: 'agent';
      key: string;
      atMs: number;
      /** What the caller heard; null while it is being said. */
      heard: string | null;
      said: string;
      interrupted: boolean;
    }
  | { who: 'flow'; key: string; atMs: number; text: string; isTrouble: boolean };

/** Reads the log as a conversation. */
export function readTranscript(entries: readonly LogEntry[]): Line[] {
  const lines: Line[] = [];
  const agentLines = new Map<number, Extract<Line, { who: 'agent' }>>();

  for (const entry of entries) {
    const { seq, atMs } = entry;
    const key = String(seq);
    if (entry.kind === 'event') {
      const { event } = entry;
      if (event.type === 'caller.finished')
        lines.push({ who: 'caller', key, atMs, text: event.text, by: event.by });
      else if (event.type === 'reply.chose')
        lines.push({ who: 'flow', key, atMs, text: chosen(event.choice, event.facts), isTrouble: false });
      else if (event.type === 'tools.finished')
        for (const { name, error } of event.results)
          lines.push({
            who: 'flow',
            key: `${key}.${name}`,
            atMs,
            text: error === null ? `${name} answered` : `${name} failed: ${error}`,
            isTrouble: error !== null,
          });
    } else if (entry.kind === 'note') {
      const { note } = entry;
      if (note.type === 'reply.sentence') {
        const line = agentLines.get(note.turn);
        if (line) line.said = `${line.said} ${note.text}`;
        else {
          const begun = {
            who: 'agent' as const,
            key,
            atMs,
            heard: null,
            said: note.text,
            interrupted: false,
          };
          agentLines.set(note.turn, begun);
          lines.push(begun);
        }
      } else if (note.type === 'turn.heard') {
        const line = agentLines.get(note.turn);
        if (!line) continue;
        line.heard = note.text;
        line.interrupted = note.interrupted;
      } else if (note.type === 'warning')
        lines.push({ who: 'flow', key, atMs, text: note.text, isTrouble: true });
    }
  }
  return lines;
}

function chosen(choice: string, facts: Readonly<Record<string, unknown>>): string {
  const known = Object.entries(facts).map(([name, value]) => `${name} ${String(value)}`);
  // As the picture calls it.
  const name = choice.replace(/^caller\./, '');
  return known.length > 0 ? `${name}: ${known.join(', ')}` : name;
}
