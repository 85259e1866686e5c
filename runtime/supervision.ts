import type { CallEvent } from '../machines/call-events.ts';
import type { Note, SupervisorAct } from './journal.ts';

interface Whisper {
  text: string;
  /** The latest turn whose model was given it; null before any was. */
  givenTo: number | null;
}

/** Words that a supervisor heard in the agent's place, after a turn of the agent's. */
export interface HeardBySupervisor {
  utterance: number;
  afterTurn: number;
}

/** What supervisors did in a call: a fold over its event log, as the record that it is part of. */
export class Supervision {
  readonly acts: SupervisorAct[] = [];
  readonly heard: HeardBySupervisor[] = [];
  #floor: { by: string; isAway: boolean } | null = null;
  #whispers: Whisper[] = [];
  readonly #lines: string[] = [];
  readonly #lineOfTurn = new Map<number, string>();

  /** Who speaks in the agent's place, or may again once they are back; null: nobody. */
  get floor(): Readonly<{ by: string; isAway: boolean }> | null {
    return this.#floor;
  }

  /** What the language model is yet to follow, oldest first. */
  get notes(): readonly string[] {
    return this.#whispers.map(({ text }) => text);
  }

  /** The line that a turn was opened to say. */
  lineOf(turn: number): string {
    return this.#lineOfTurn.get(turn) ?? '';
  }

  /** `record`: as it was before; `loose` are the utterances that no turn is about. */
  applyEvent(
    event: CallEvent,
    atMs: number,
    record: { readonly lastTurn: number; readonly loose: readonly number[] },
  ): void {
    if (event.type === 'caller.finished') {
      if (this.#floor && !this.#floor.isAway)
        this.heard.push({ utterance: event.utterance, afterTurn: record.lastTurn });
      return;
    }
    const act = toAct(event, atMs);
    if (act) this.acts.push(act);

    switch (event.type) {
      case 'supervisor.whispered':
        if (event.say) this.#lines.push(event.text);
        else this.#whispers.push({ text: event.text, givenTo: null });
        return;
      case 'supervisor.tookOver':
      case 'supervisor.returned':
        this.#floor = { by: event.by, isAway: false };
        for (const utterance of record.loose) this.heard.push({ utterance, afterTurn: record.lastTurn });
        return;
      case 'supervisor.left':
        if (this.#floor) this.#floor.isAway = true;
        return;
      case 'supervisor.gaveBack':
        this.#floor = null;
        return;
    }
  }

  applyNote(note: Note): void {
    switch (note.type) {
      case 'turn.opened':
        // Whoever had the floor, the agent has it now: given back, or left too long.
        this.#floor = null;
        if (note.purpose === 'supervisor') this.#lineOfTurn.set(note.turn, this.#lines.shift() ?? '');
        return;
      case 'reply.requested':
        for (const whisper of this.#whispers) whisper.givenTo = note.turn;
        return;
      case 'turn.heard':
        // A reply that was given up before it was heard has followed nothing.
        if (note.text) this.#whispers = this.#whispers.filter(({ givenTo }) => givenTo !== note.turn);
        return;
    }
  }
}

function toAct(event: CallEvent, atMs: number): SupervisorAct | null {
  if (!('by' in event) || event.by === undefined) return null;
  const { by } = event;
  switch (event.type) {
    case 'supervisor.whispered':
      return { atMs, by, did: event.say ? 'dictated' : 'whispered', text: event.text };
    case 'supervisor.tookOver':
      return { atMs, by, did: 'tookOver' };
    case 'supervisor.gaveBack':
      return { atMs, by, did: 'gaveBack' };
    case 'supervisor.left':
      return { atMs, by, did: 'left' };
    case 'supervisor.returned':
      return { atMs, by, did: 'returned' };
    case 'call.conclude':
    case 'call.hangUp':
      return { atMs, by, did: 'hungUp' };
    case 'call.transfer':
      return { atMs, by, did: 'transferred', ...(event.number !== null && { text: event.number }) };
    default:
      return null;
  }
}
