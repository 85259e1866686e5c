import { BYTES_PER_MS, FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import { decodeMuLaw } from '../../runtime/media/mulaw.ts';

// Mean amplitude, of 32,768: about -44 dB. Telephone speech is 20 dB above it, line noise 20 dB below.
const VOICED_AMPLITUDE = 200;
const STARTS_AFTER_FRAMES = 2;
const STOPS_AFTER_FRAMES = 10;

const amplitudeOfCode = Uint16Array.from(
  decodeMuLaw(Uint8Array.from({ length: 256 }, (_, i) => i)),
  Math.abs,
);

/** Whether a piece of mu-law audio is loud enough to be speech. */
export function isVoiced(audio: Uint8Array, sizeBytes = audio.length): boolean {
  let sum = 0;
  for (let i = 0; i < sizeBytes; i++) sum += amplitudeOfCode[audio[i]!]!;
  return sum > VOICED_AMPLITUDE * FRAME_BYTES;
}

/** Where the last voiced frame of some mu-law audio ends, in ms from its beginning; 0 when it is all silence. */
export function voicedMs(audio: Uint8Array): number {
  for (let end = audio.length; end > 0; end -= FRAME_BYTES) {
    if (isVoiced(audio.subarray(Math.max(0, end - FRAME_BYTES), end))) return end / BYTES_PER_MS;
  }
  return 0;
}

/**
 * Tells from one 20 ms frame after another when somebody starts and stops speaking. A pause between words (under
 * 200 ms) is no stop.
 */
export class SpeechMeter {
  #speaking = false;
  /** Frames in a row that speak against the present state, and when the first of them was. */
  #contrary = 0;
  #contrarySinceMs = 0;
  #changedAtMs = 0;

  get speaking(): boolean {
    return this.#speaking;
  }

  /** When the last change that was told really happened. */
  get changedAtMs(): number {
    return this.#changedAtMs;
  }

  /** Takes the next frame. A change is told once, when it has become certain. */
  frame(voiced: boolean, atMs: number): 'started' | 'stopped' | null {
    if (voiced === this.#speaking) {
      this.#contrary = 0;
      return null;
    }
    if (this.#contrary++ === 0) this.#contrarySinceMs = atMs;
    if (this.#contrary < (voiced ? STARTS_AFTER_FRAMES : STOPS_AFTER_FRAMES)) return null;

    this.#speaking = voiced;
    this.#contrary = 0;
    this.#changedAtMs = this.#contrarySinceMs;
    return voiced ? 'started' : 'stopped';
  }
}
