/** Mu-law at 8 kHz: 20 ms. */
export const FRAME_BYTES = 160;
export const FRAME_S = 0.02;

/** What 20 ms of mu-law hold. */
export interface HeardFrame {
  isVoice: boolean;
  /** A word that begins here. */
  word: string | null;
}

export type Hear = (frame: Uint8Array) => HeardFrame;

export interface TimedWord {
  word: string;
  start: number;
  end: number;
  confidence: number;
}

/** Voice where it is loud, and no words: those come from a list of transcripts. */
export const hearLoudness: Hear = frame => {
  let loudness = 0;
  // The complement of a mu-law code grows with the magnitude, its sign bit aside.
  for (const code of frame) loudness += ~code & 0x7f;
  return { isVoice: loudness / frame.length > LOUD, word: null };
};

/** About -35 dB of full scale. */
const LOUD = 45;

/** Cuts audio of any length into frames. */
export class Framer {
  #rest: Buffer = Buffer.alloc(0);

  push(audio: Buffer): Buffer[] {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, audio]) : audio;
    const frames: Buffer[] = [];
    let at = 0;
    for (; at + FRAME_BYTES <= all.length; at += FRAME_BYTES) frames.push(all.subarray(at, at + FRAME_BYTES));
    this.#rest = all.subarray(at);
    return frames;
  }
}

/** Spreads a sentence evenly over the time in which there was a voice. */
export function spreadWords(text: string, start: number, end: number, confidence: number): TimedWord[] {
  const words = text.split(/\s+/).filter(Boolean);
  const each = (end - start) / Math.max(1, words.length);
  return words.map((word, i) => ({
    word,
    start: start + i * each,
    end: start + (i + 1) * each,
    confidence,
  }));
}

/** Seconds as Deepgram writes them. */
export function seconds(frames: number): number {
  return Math.round(frames * FRAME_S * 100) / 100;
}
