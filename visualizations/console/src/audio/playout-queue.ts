import { decodeMuLaw } from './mulaw.ts';

export const LINE_HZ = 8_000;
/** What is kept back before speaking begins, so that a late packet leaves no gap. */
const CUSHION_SAMPLES = 0.06 * LINE_HZ;
/** As a carrier: ten minutes. */
const LIMIT_SAMPLES = 600 * LINE_HZ;

interface Mark {
  name: string;
  /** It is due once this many samples have been played. */
  at: number;
}

/** What waits to be played, in samples since the stream began: received ≥ played. */
export class PlayoutQueue {
  #pieces: Uint8Array[] = [];
  #offset = 0;
  #received = 0;
  #played = 0;
  #marks: Mark[] = [];
  #isPlaying = false;
  /** Asked for a sample in vain since the first one came. */
  #waited = 0;

  get isPlaying(): boolean {
    return this.#isPlaying;
  }

  push(audio: Uint8Array): void {
    if (this.#received - this.#played + audio.length > LIMIT_SAMPLES) return;
    this.#pieces.push(audio);
    this.#received += audio.length;
  }

  mark(name: string): void {
    this.#marks.push({ name, at: this.#received });
  }

  /** Throws away what was not played. Every mark is due. */
  clear(): void {
    this.#pieces = [];
    this.#offset = 0;
    this.#played = this.#received;
    this.#isPlaying = false;
  }

  /** The next sample, or silence. */
  next(): number {
    if (this.#received === this.#played) {
      this.#isPlaying = false;
      this.#waited = 0;
      return 0;
    }
    if (!this.#isPlaying && !this.#isReady()) return 0;

    this.#isPlaying = true;
    const piece = this.#pieces[0] as Uint8Array;
    const sample = decodeMuLaw(piece[this.#offset++] as number);
    this.#played++;
    if (this.#offset === piece.length) {
      this.#pieces.shift();
      this.#offset = 0;
    }
    return sample;
  }

  /** The next mark that is due, or null. Ask until null. */
  takeDueMark(): string | null {
    const [first] = this.#marks;
    if (!first || first.at > this.#played) return null;
    this.#marks.shift();
    return first.name;
  }

  /** A cushion is there, or what came is short and nothing more will. */
  #isReady(): boolean {
    return this.#received - this.#played >= CUSHION_SAMPLES || ++this.#waited >= CUSHION_SAMPLES;
  }
}
