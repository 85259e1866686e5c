import { BYTES_PER_MS, FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import { MU_LAW_SILENCE } from '../../runtime/media/mulaw.ts';

/**
 * Audio that carries its own words: a piece of "speech" may hold one word in its bytes, so that text ears need no side
 * channel and the media plane handles it like any other audio. Silence is mu-law silence. How long a piece lasts is its
 * size, 8 bytes a millisecond.
 */

const WORD = 0x01;
const VOICE = 0x02;
const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;
/** What `speak` gives a word when nothing else is asked for. */
const WORD_MS = 200;
const LONGEST_PIECE_MS = 2_000;

export const SILENCE = Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE);

const voice = Buffer.alloc(LONGEST_PIECE_MS * BYTES_PER_MS, VOICE);
const silence = Buffer.alloc(LONGEST_PIECE_MS * BYTES_PER_MS, MU_LAW_SILENCE);

/**
 * Speech in frames of 20 ms, one word every `wordMs`, 200 if not given; the word is in its first frame. A word in angle
 * brackets is a noise: voice without a word.
 */
export function speak(text: string, wordMs = WORD_MS): Buffer[] {
  return text.split(/\s+/).flatMap(word => {
    const frames = Array.from({ length: wordMs / FRAME_MS }, () => voicePiece(FRAME_MS));
    return word.startsWith('<') ? frames : [wordPiece(word), ...frames.slice(1)];
  });
}

/** Speech in as few pieces as will do; each word is heard once it has been said. */
export function speakBriefly(words: readonly { word: string; ms: number }[]): Buffer[] {
  const pieces = words.flatMap(({ word, ms }) => [...voicePieces(ms - FRAME_MS), wordPiece(word)]);
  // The voice begins with the first frame, not with the first word.
  return [voicePiece(FRAME_MS), ...pieces];
}

/** Voice without a word. */
export function makeNoise(ms: number): Buffer[] {
  return [voicePiece(Math.min(ms, FRAME_MS)), ...voicePieces(ms - FRAME_MS)];
}

export function silentPiece(ms: number): Buffer {
  return silence.subarray(0, Math.round(Math.min(ms, LONGEST_PIECE_MS)) * BYTES_PER_MS);
}

export function durationMs(audio: Uint8Array): number {
  return audio.length / BYTES_PER_MS;
}

export function isVoice(audio: Uint8Array): boolean {
  return audio[0] === WORD || audio[0] === VOICE;
}

export function wordIn(audio: Uint8Array): string | null {
  if (audio[0] !== WORD) return null;
  return Buffer.from(audio.subarray(2, 2 + (audio[1] ?? 0))).toString('utf8');
}

function voicePieces(ms: number): Buffer[] {
  if (ms <= 0) return [];
  const whole = Math.floor(ms / LONGEST_PIECE_MS);
  const rest = ms - whole * LONGEST_PIECE_MS;
  const pieces = Array.from({ length: whole }, () => voicePiece(LONGEST_PIECE_MS));
  return rest > 0 ? [...pieces, voicePiece(rest)] : pieces;
}

function voicePiece(ms: number): Buffer {
  return voice.subarray(0, Math.round(ms) * BYTES_PER_MS);
}

function wordPiece(word: string): Buffer {
  const piece = Buffer.alloc(FRAME_BYTES, VOICE);
  piece[0] = WORD;
  piece[1] = piece.write(word, 2, 'utf8');
  return piece;
}
