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

type AgentLine = Extract<Line, { who: 'agent' }>;
type Note = Extract<LogEntry, { kind: 'note' }>['note'];
type CallEvent = Extract<LogEntry, { kind: 'event' }>['event'];

/** Reads the log as a conversation. */
export function readTranscript(entries: readonly LogEntry[]): Line[] {
  const conversation = new Conversation();
  for (const entry of entries) {
    if (entry.kind === 'event') conversation.happened(String(entry.seq), entry.atMs, entry.event);
    else if (entry.kind === 'note') conversation.noted(String(entry.seq), entry.atMs, entry.note);
  }
  return conversation.lines;
}

class Conversation {
  readonly lines: Line[] = [];
  /** What replies are to say, by turn. One that was prepared on a guess may never be said. */
  readonly #prepared = new Map<number, string[]>();
  readonly #begun = new Map<number, AgentLine>();

  happened(key: string, atMs: number, event: CallEvent): void {
    if (event.type === 'caller.finished')
      this.lines.push({ who: 'caller', key, atMs, text: event.text, by: event.by });
    else if (event.type === 'reply.chose') this.#did(key, atMs, chosen(event.choice, event.facts), false);
    else if (event.type === 'tools.finished')
      for (const { id, name, error } of event.results)
        this.#did(
          `${key}.${id}`,
          atMs,
          error === null ? `${name} answered` : `${name} failed: ${error}`,
          error !== null,
        );
  }

  noted(key: string, atMs: number, note: Note): void {
    if (note.type === 'reply.sentence') {
      const sentences = [...(this.#prepared.get(note.turn) ?? []), note.text];
      this.#prepared.set(note.turn, sentences);
      const line = this.#begun.get(note.turn);
      if (line) line.said = sentences.join(' ');
    } else if (note.type === 'voice.firstFrame') this.#begin(key, atMs, note.turn);
    else if (note.type === 'turn.heard') {
      const line = this.#begin(key, atMs, note.turn);
      if (!line) return;
      line.heard = note.text;
      line.interrupted = note.interrupted;
    } else if (note.type === 'warning') this.#did(key, atMs, note.text, true);
  }

  /** The caller begins to hear the turn. Null when there is nothing to say in it. */
  #begin(key: string, atMs: number, turn: number): AgentLine | null {
    const known = this.#begun.get(turn);
    if (known) return known;
    const said = this.#prepared.get(turn)?.join(' ');
    if (!said) return null;
    const line: AgentLine = { who: 'agent', key, atMs, heard: null, said, interrupted: false };
    this.#begun.set(turn, line);
    this.lines.push(line);
    return line;
  }

  #did(key: string, atMs: number, text: string, isTrouble: boolean): void {
    this.lines.push({ who: 'flow', key, atMs, text, isTrouble });
  }
}

function chosen(choice: string, facts: Readonly<Record<string, unknown>>): string {
  const known = Object.entries(facts).map(([name, value]) => `${name} ${String(value)}`);
  // As the picture calls it.
  const name = choice.replace(/^caller\./, '');
  return known.length > 0 ? `${name}: ${known.join(', ')}` : name;
}
