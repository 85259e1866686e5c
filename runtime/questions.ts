import type { CallEvent } from '../machines/call-events.ts';
import type { Note } from './journal.ts';

/** A carrier that says nothing of what it plays for so long does not say it. */
const ACKNOWLEDGES_WITHIN_MS = 2_000;

/**
 * What the flow has asked, and whether the caller's words came after it: a fold over the event log, as the record that it is
 * part of. Whoever spoke before the agent's voice had come to what it says now has not answered that.
 */
export class Questions {
  /** Since when words of the flow's state are heard; null: none have been since it was entered. */
  #heardSinceMs: number | null = null;
  /** The turn's voice is heard, or is on its way to be. */
  #isSpeaking = false;
  #beganMs = 0;
  /** The state's first words are this turn's. */
  #isFirstHeard = false;
  /** The carrier says on its present stream what it has played. */
  #acknowledges = false;
  /** It has said so of this turn. */
  #isAcknowledged = false;
  /** Proper words of the turn, and those of them that belong to an earlier state. */
  #said = '';
  #saidBefore = '';
  /** The caller's words that are not finished. */
  #begunMs: number | null = null;
  #voiceMs = 0;
  readonly #begun = new Map<number, number>();

  /** Whether all that was said, and what the caller is saying, came after the question. */
  precede(utterances: readonly number[]): boolean {
    const since = this.#heardSinceMs;
    if (since === null) return false;
    const begun = utterances.map(id => this.#begun.get(id) ?? Number.NEGATIVE_INFINITY);
    return [...begun, ...(this.#begunMs === null ? [] : [this.#begunMs])].every(ms => ms >= since);
  }

  applyEvent(event: CallEvent, atMs: number): void {
    switch (event.type) {
      case 'caller.spoke':
      case 'caller.keyed':
        this.#begunMs ??= atMs;
        return;
      case 'caller.unclear':
        this.#begunMs = null;
        return;
      case 'line.lost':
        this.#begunMs = null;
        this.#acknowledges = false;
        return;
      case 'caller.finished':
        this.#begun.set(event.utterance, Math.min(this.#begunMs ?? atMs, atMs - this.#voiceMs));
        this.#begunMs = null;
        this.#voiceMs = 0;
        return;
      case 'reply.chose':
        // What was said before the choice may have been guessed ahead, and belong to its state already.
        this.#enter('', this.#isSpeaking ? atMs : null);
        return;
      case 'tools.finished':
        this.#enter(this.#said, null);
        return;
      case 'transfer.failed':
        this.#enter('', null);
        return;
      case 'voice.began':
        this.#isSpeaking = true;
        this.#beganMs = atMs;
        // Over a slow line what comes after the voice has begun may have been said before it was heard; never what follows its echo.
        if (!this.#acknowledges || this.#isAcknowledged) this.#isHeard(atMs);
        return;
    }
  }

  applyNote(note: Note, atMs: number): void {
    switch (note.type) {
      case 'turn.opened':
        this.#isSpeaking = false;
        this.#isAcknowledged = false;
        this.#isFirstHeard = false;
        this.#said = '';
        this.#saidBefore = '';
        return;
      case 'reply.sentence':
        if (!note.isFiller) this.#said = this.#said ? `${this.#said} ${note.text}` : note.text;
        return;
      case 'endpoint':
        // The voice is told of only once it has lasted.
        this.#voiceMs = note.audio ? note.sinceMs + note.audio.voiceMs : 0;
        return;
      case 'voice.firstMark':
        this.#acknowledges = true;
        this.#isAcknowledged = true;
        if (this.#isSpeaking) this.#isHeard(atMs);
        return;
      case 'call.moved':
        this.#acknowledges = false;
        return;
      case 'turn.heard':
        this.#awaitNoMore(note.interrupted, atMs);
        // The voice had gone out, and was silenced while words from before were still heard. A carrier may acknowledge nothing.
        if (!note.interrupted || !this.#isFirstHeard || this.#saidBefore === '') return;
        if ((note.withoutFillers ?? note.text).length <= this.#saidBefore.length) this.#heardSinceMs = null;
        return;
    }
  }

  /** What was not acknowledged by now will not be. */
  #awaitNoMore(isInterrupted: boolean, atMs: number): void {
    if (!this.#isSpeaking || this.#isAcknowledged || atMs - this.#beganMs < ACKNOWLEDGES_WITHIN_MS) return;
    this.#acknowledges = false;
    if (!isInterrupted) this.#isHeard(atMs);
  }

  #isHeard(sinceMs: number): void {
    if (this.#heardSinceMs !== null) return;
    this.#heardSinceMs = sinceMs;
    this.#isFirstHeard = true;
  }

  #enter(saidBefore: string, heardSinceMs: number | null): void {
    this.#saidBefore = saidBefore;
    this.#heardSinceMs = heardSinceMs;
    this.#isFirstHeard = false;
    if (heardSinceMs === null) this.#isSpeaking = false;
  }
}
