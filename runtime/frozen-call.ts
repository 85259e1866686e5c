import type { Next } from '../machines/call-events.ts';
import type { Floor } from '../machines/turn-taking.ts';
import type { FrozenActor } from './freeze.ts';
import type { CallStart } from './journal.ts';
import type { SpokenSentence } from './media/heard-text.ts';

/** Of the envelope. A call that was written down in another one cannot be read. */
export const FROZEN_SCHEMA = 2;

/**
 * A call written down: enough, with its event log, to go on elsewhere. Without `line` it is what a node that dies leaves
 * behind; with it, the receiver goes on in the middle of the sentence.
 */
export interface FrozenCall {
  schema: typeof FROZEN_SCHEMA;
  start: CallStart;
  /** The last entry of the log that the call had taken. */
  seq: number;
  /** From the call's start. */
  atMs: number;
  floor: Floor;
  /** Number of the caller's latest utterance. */
  utterances: number;
  actor: FrozenActor;
  line?: FrozenLine;
}

/** The agent's voice in mid-air, or at rest. */
export interface FrozenLine {
  /** Whose voice it is; 0: nobody speaks. */
  turn: number;
  /** What follows when the turn has been heard. */
  next: Next;
  /** Wholly synthesised. */
  sentences: readonly SpokenSentence[];
  /** Known, not yet synthesised. */
  waiting: readonly { text: string; isFiller: boolean }[];
  playout: FrozenPlayout;
  /** Sentences of an earlier turn that the caller did not hear to their end. */
  unheard: readonly string[];
  /** The carrier's stream it left on. What another one was sent is not there on this one. */
  streamSid: string | null;
  /** The last that came of the caller, in which no voice was found yet: mu-law, base64. */
  recent: string;
}

/** Bytes are of the turn's audio. */
export interface FrozenPlayout {
  /** What is queued and not yet with the carrier: mu-law, base64. */
  audio: string;
  /** What the carrier was sent and has not acknowledged: mu-law, base64. */
  unacknowledged: string;
  sentBytes: number;
  /** Behind which the last mark was sent. */
  markedBytes: number;
  heardBytes: number;
  /** The carrier has acknowledged some of it. */
  heardAny: boolean;
  /** No more audio will come. */
  ended: boolean;
  /** How often the turn was said again on its stream; only the marks since then count. Absent: never. */
  repeats?: number;
  /** How long the carrier goes on playing what it was sent. Negative: it has been silent so long. */
  carrierHoldsMs: number;
}
