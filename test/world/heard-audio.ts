import type { Clock } from '../../runtime/clock.ts';
import { CYCLE, wordAt, wordIn } from './position-audio.ts';

/** One sentence that a voice has been asked for. */
export interface Sentence {
  text: string;
  /** Its first word: see position-audio.ts. */
  first: number;
  /** As many as the whole of it has; fewer once it is known that its voice broke off. */
  bytes: number;
  /** The process whose voice it is. */
  speaker: string;
  /** Nobody needs to hear the rest of it. */
  isCut: boolean;
  /** Whoever spoke it was told to stop. */
  cut(): void;
}

/** An edge may have an echo that has not come to the node behind it yet. */
const LATEST_MARKS = 8;

/** Sentences near each other have no word in common. */
const FROM_ONE_TO_THE_NEXT = 9_973;

interface Place {
  sentence: number;
  byte: number;
}

/**
 * Compares what reaches the caller with what the voice was asked for: every sentence whole and in order, unless it was cut.
 */
export class HeardAudio {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #broken: (what: string) => void;
  readonly #sentences: Sentence[] = [];
  #cuts: readonly { sentence: Sentence; atMs: number }[] = [];
  #at: Place = { sentence: -1, byte: 0 };
  /** Where sentences begin and where marks stand, the latest and those not acknowledged: a new stream may take up at one of them. */
  readonly #marks: Place[] = [];
  #acknowledged: Place = { sentence: -1, byte: 0 };
  #isNewStream = false;
  /** Nobody has the call. */
  #isOnItsWay = false;
  /** Somebody has the call, and has not been heard yet. */
  #hasJustArrived = false;
  /** Heard twice, where a stream broke off before it was known how much of it had been heard. */
  repeatedBytes = 0;

  constructor(clock: Pick<Clock, 'now'>, broken: (what: string) => void) {
    this.#clock = clock;
    this.#broken = broken;
  }

  spoken(text: string, bytes: number, speaker: string): Sentence {
    const sentence: Sentence = {
      text,
      first: (this.#sentences.length * FROM_ONE_TO_THE_NEXT) % CYCLE,
      bytes,
      speaker,
      isCut: false,
      cut: () => {
        if (sentence.isCut) return;
        sentence.isCut = true;
        this.#cuts = [...this.#cuts.slice(-8), { sentence, atMs: this.#clock.now() }];
      },
    };
    this.#sentences.push(sentence);
    return sentence;
  }

  /** The call has been let go this moment: what was cut for that is still owed to the caller. */
  goesOnElsewhere(): void {
    for (const { sentence, atMs } of this.#cuts) if (atMs === this.#clock.now()) sentence.isCut = false;
    this.#isOnItsWay = true;
  }

  /** Somebody has the call, and knows what was acknowledged before it was let go. */
  hasArrived(): void {
    this.#isOnItsWay = false;
    this.#hasJustArrived = true;
  }

  /** The carrier was told to forget what it held: where that is the first it hears of a node, that node begins anew, as on a new stream. */
  cleared(): void {
    if (this.#hasJustArrived) this.#isNewStream = true;
  }

  /** What is heard now, or was last. */
  get current(): Sentence | null {
    return this.#sentences[this.#at.sentence] ?? null;
  }

  /** Nobody is owed the rest of anything that this process, or all, have spoken. */
  cutAll(speaker?: string): void {
    for (const sentence of this.#sentences)
      if (speaker === undefined || sentence.speaker === speaker) sentence.isCut = true;
  }

  /** Returns whom to tell when whoever has the call knows that the mark was heard. */
  marked(): () => void {
    const place = { ...this.#at };
    this.#marks.push(place);
    this.#forgetMarks();
    return () => this.#isOnItsWay || this.#acknowledge(place);
  }

  /** Nothing of what has been heard so far is said again. */
  turnIsOver(): void {
    this.#acknowledge({ ...this.#at });
  }

  #acknowledge(place: Place): void {
    if (isBefore(this.#acknowledged, place)) this.#acknowledged = place;
    this.#forgetMarks();
  }

  #forgetMarks(): void {
    const old = this.#marks.slice(0, -LATEST_MARKS);
    const unheard = old.findIndex(mark => isBefore(this.#acknowledged, mark));
    // The last that was acknowledged is where a new stream begins.
    this.#marks.splice(0, Math.max(0, (unheard < 0 ? old.length : unheard) - 1));
  }

  newStream(): void {
    this.#isNewStream = true;
  }

  frame(audio: Buffer): void {
    this.#hasJustArrived = false;
    for (let at = 0; at < audio.length; ) {
      const word = wordIn(audio, at);
      if (!this.#continuesWith(word) && !this.#moveOnTo(word)) {
        this.#broken(this.#complaint());
        // Whatever comes next is compared with what follows.
        for (let i = 0; i <= this.#at.sentence; i++) (this.#sentences[i] as Sentence).isCut = true;
        return;
      }
      const { first, bytes } = this.#sentences[this.#at.sentence] as Sentence;
      const run = Math.min(bytes - this.#at.byte, audio.length - at);
      if (wordIn(audio, at + run - 2) !== wordAt(first, this.#at.byte + run - 2)) {
        this.#broken(`audio is out of place within a frame, in ${this.#place()}`);
        return;
      }
      at += run;
      this.#at.byte += run;
    }
  }

  #continuesWith(word: number): boolean {
    const current = this.current;
    this.#isNewStream &&= current !== null;
    if (!current || this.#at.byte >= current.bytes) return false;
    if (word !== wordAt(current.first, this.#at.byte)) return false;
    this.#isNewStream = false;
    return true;
  }

  #moveOnTo(word: number): boolean {
    if (this.#isNewStream) {
      this.#isNewStream = false;
      if (this.#takeUpAtMark(word)) return true;
    }
    const { current } = this;
    if (current && this.#at.byte < current.bytes && !current.isCut) return false;
    for (let next = this.#at.sentence + 1; next < this.#sentences.length; next++) {
      const sentence = this.#sentences[next] as Sentence;
      if (wordAt(sentence.first, 0) === word) {
        this.#at = { sentence: next, byte: 0 };
        this.marked();
        return true;
      }
      if (!sentence.isCut && sentence.bytes > 0) return false;
    }
    return false;
  }

  #takeUpAtMark(word: number): boolean {
    const mark = this.#marks.findLast(({ sentence, byte }) => {
      const { first, bytes } = this.#sentences[sentence] as Sentence;
      return byte < bytes && wordAt(first, byte) === word;
    });
    if (!mark) return false;
    for (let at = mark.sentence; at <= this.#at.sentence; at++) {
      const upTo = at === this.#at.sentence ? this.#at.byte : (this.#sentences[at] as Sentence).bytes;
      this.repeatedBytes += upTo - (at === mark.sentence ? mark.byte : 0);
    }
    this.#at = { ...mark };
    return true;
  }

  #complaint(): string {
    const { current } = this;
    const due = this.#sentences.slice(this.#at.sentence + 1).find(({ isCut, bytes }) => !isCut && bytes > 0);
    if (current && this.#at.byte < current.bytes && !current.isCut)
      return `audio is missing or doubled in ${this.#place()}`;
    return due
      ? `audio that is not due after ${this.#place()}: “${due.text}” is`
      : `audio that nobody spoke after ${this.#place()}`;
  }

  #place(): string {
    const { current } = this;
    return current ? `“${current.text}” at byte ${this.#at.byte} of ${current.bytes}` : 'the beginning';
  }
}

function isBefore(one: Place, other: Place): boolean {
  return one.sentence < other.sentence || (one.sentence === other.sentence && one.byte < other.byte);
}
