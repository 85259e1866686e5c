import { TELEPHONE_SAMPLE_RATE } from '../../../../runtime/media/mulaw.ts';
import type { RecognitionListener, RecognitionStream } from '../../../../runtime/ports.ts';
import type { RecognitionThread, ThreadClient } from './recognition-thread.ts';

const BYTES_PER_MS = TELEPHONE_SAMPLE_RATE / 1_000;
/** Voice activity is noticed late; words begin before that. */
const PRE_ROLL_BYTES = 320 * BYTES_PER_MS;
const BATCH_BYTES = 100 * BYTES_PER_MS;
/** Longer speech is told in parts: the decoder remembers every frame of an utterance. */
const MAX_UTTERANCE_BYTES = 30_000 * BYTES_PER_MS;

/** One call's recogniser, on the media thread: cuts the caller's audio into utterances. */
export class UtteranceStream implements RecognitionStream, ThreadClient {
  readonly #thread: RecognitionThread;
  readonly #number: number;
  readonly #listener: RecognitionListener;
  readonly #preRoll = new Uint8Array(PRE_ROLL_BYTES);
  #preRollAt = 0;
  #preRollLength = 0;
  #phrases: readonly string[];
  /** The utterance being heard; 0 for none. */
  #utterance = 0;
  #latest = 0;
  #utteranceBytes = 0;
  #batch = new Uint8Array(BATCH_BYTES);
  #batched = 0;
  #isOpen = true;

  constructor(
    thread: RecognitionThread,
    number: number,
    phrases: readonly string[],
    listener: RecognitionListener,
  ) {
    this.#thread = thread;
    this.#number = number;
    this.#phrases = phrases;
    this.#listener = listener;
    thread.add(this);
  }

  write(audio: Uint8Array): void {
    if (!this.#isOpen) return;
    if (this.#utterance) this.#hear(audio);
    else this.#remember(audio);
  }

  speechStarted(): void {
    if (this.#isOpen && !this.#utterance) this.#begin();
  }

  /** A pause may be in the middle of a sentence: the caller says when it is over. */
  speechStopped(): void {}

  finish(): void {
    if (!this.#isOpen) return;
    if (this.#utterance) this.#end();
    else queueMicrotask(() => this.#isOpen && this.#listener.final('', 0));
  }

  expect(phrases: readonly string[]): void {
    this.#phrases = [...phrases];
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#thread.remove(this);
  }

  partial(utterance: number, text: string, complete: boolean): void {
    // What is left of an earlier utterance is not news about this one.
    if (utterance === this.#latest) this.#listener.partial(text, complete);
  }

  final(_utterance: number, text: string, confidence: number): void {
    this.#listener.final(text, confidence);
  }

  lost(error: Error): void {
    this.#isOpen = false;
    this.#listener.failed(error);
  }

  #hear(audio: Uint8Array): void {
    this.#send(audio);
    if (this.#utteranceBytes < MAX_UTTERANCE_BYTES) return;
    this.#end();
    this.#begin();
  }

  #begin(): void {
    this.#utterance = this.#thread.begin(this, this.#number, this.#phrases);
    this.#latest = this.#utterance;
    this.#utteranceBytes = 0;
    const start = (this.#preRollAt - this.#preRollLength + PRE_ROLL_BYTES) % PRE_ROLL_BYTES;
    const end = start + this.#preRollLength;
    this.#send(this.#preRoll.subarray(start, Math.min(end, PRE_ROLL_BYTES)));
    if (end > PRE_ROLL_BYTES) this.#send(this.#preRoll.subarray(0, end - PRE_ROLL_BYTES));
    this.#preRollLength = 0;
  }

  #end(): void {
    if (this.#batched > 0) this.#thread.hear(this.#utterance, this.#batch.slice(0, this.#batched));
    this.#batched = 0;
    this.#thread.finish(this.#utterance);
    this.#utterance = 0;
  }

  #send(audio: Uint8Array): void {
    this.#utteranceBytes += audio.length;
    for (let at = 0; at < audio.length; ) {
      const piece = audio.subarray(at, at + BATCH_BYTES - this.#batched);
      this.#batch.set(piece, this.#batched);
      this.#batched += piece.length;
      at += piece.length;
      if (this.#batched < BATCH_BYTES) return;
      this.#thread.hear(this.#utterance, this.#batch);
      this.#batch = new Uint8Array(BATCH_BYTES);
      this.#batched = 0;
    }
  }

  #remember(audio: Uint8Array): void {
    for (const byte of audio.subarray(-PRE_ROLL_BYTES)) {
      this.#preRoll[this.#preRollAt] = byte;
      this.#preRollAt = (this.#preRollAt + 1) % PRE_ROLL_BYTES;
    }
    this.#preRollLength = Math.min(PRE_ROLL_BYTES, this.#preRollLength + audio.length);
  }
}
