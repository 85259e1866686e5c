import type { LogEntry } from '../../runtime/journal.ts';

export type Speaker = 'caller' | 'heard' | 'agent' | 'flow' | 'call' | 'tool' | 'fault';

/** Something that happened, for people. */
export interface TranscriptLine {
  /** From the call's start. */
  atMs: number;
  who: Speaker;
  text: string;
}

/** What an entry of the call's log tells a reader, if anything. */
export function linesOf(entry: LogEntry): Omit<TranscriptLine, 'atMs'>[] {
  if (entry.kind === 'event') {
    const { event } = entry;
    if (event.type === 'caller.finished') return [{ who: 'heard', text: `“${event.text}”` }];
    if (event.type === 'caller.unclear') return [{ who: 'heard', text: 'a voice, but no words' }];
    if (event.type === 'reply.failed') return [{ who: 'fault', text: event.error }];
    if (event.type === 'reply.requestedTools')
      return event.calls.map(({ name, input }) => ({
        who: 'tool',
        text: `${name} ← ${JSON.stringify(input)}`,
      }));
    if (event.type === 'tools.finished')
      return event.results.map(({ name, result, error }) => ({
        who: 'tool',
        text: `${name} → ${result ? JSON.stringify(result) : `failed: ${error}`}`,
      }));
  }
  if (entry.kind === 'note' && entry.note.type === 'turn.heard' && entry.note.text !== '')
    return [{ who: 'agent', text: `“${entry.note.text}”${entry.note.interrupted ? ' – cut off' : ''}` }];
  return [];
}

/** `   1.20 s  agent   “Hello.”` */
export function tellLine({ atMs, who, text }: TranscriptLine): string {
  return `${(atMs / 1_000).toFixed(2).padStart(7)} s  ${who.padEnd(6)}  ${text}`;
}
