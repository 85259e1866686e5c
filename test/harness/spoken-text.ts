import { FRAME_BYTES } from '../../runtime/media/media-streams.ts';

/**
 * Audio that carries its own words: each frame of "speech" holds one word in its bytes, so that scripted providers need
 * no side channel and whole calls can be tested over the wire. Silence is mu-law silence.
 */

const WORD = 0x01;
const VOICE = 0x02;
const WORD_MS = 200;
const FRAME_MS = 20;

export const SILENCE = Buffer.alloc(FRAME_BYTES, 0xff);

/** One word every `wordMs`, 200 if not given. A word in angle brackets is a noise: voice without a word. */
export function speak(text: string, wordMs = WORD_MS): Buffer[] {
  return text.split(/\s+/).flatMap(word => {
    const frames = Array.from({ length: wordMs / FRAME_MS }, () => voiceFrame());
    return word.startsWith('<') ? frames : [wordFrame(word), ...frames.slice(1)];
  });
}

export function isVoice(audio: Uint8Array): boolean {
  return audio[0] === WORD || audio[0] === VOICE;
}

export function wordIn(audio: Uint8Array): string | null {
  if (audio[0] !== WORD) return null;
  return Buffer.from(audio.subarray(2, 2 + (audio[1] ?? 0))).toString('utf8');
}

function voiceFrame(): Buffer {
  return Buffer.alloc(FRAME_BYTES, VOICE);
}

function wordFrame(word: string): Buffer {
  const frame = voiceFrame();
  frame[0] = WORD;
  frame[1] = frame.write(word, 2, 'utf8');
  return frame;
}
