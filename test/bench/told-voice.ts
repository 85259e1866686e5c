import { FRAME_BYTES } from '../../runtime/media/media-streams.ts';

/** 40 ms. */
const FRAMES_PER_LETTER = 2;

/** A voice of which every frame tells the text and the place that it is from. */
export function toldVoice(text: string): Uint8Array {
  const frames = Array.from({ length: text.length * FRAMES_PER_LETTER }, (_, at) => frameOf(text, at));
  return Buffer.concat(frames);
}

function frameOf(text: string, at: number): Buffer {
  const letter = text.charCodeAt(Math.floor(at / FRAMES_PER_LETTER));
  const frame = Buffer.alloc(FRAME_BYTES, letter);
  frame.writeUInt16BE(text.length, 0);
  frame.writeUInt16BE(at, 2);
  return frame;
}

/** How much of what the voice made came twice, or never, or not in its turn. In frames. */
export function compare(heard: Buffer, made: Buffer): { lost: number; doubled: number; isExact: boolean } {
  const wanted = countFrames(made);
  const got = countFrames(heard);
  let lost = 0;
  let doubled = 0;
  for (const [frame, count] of wanted) lost += Math.max(0, count - (got.get(frame) ?? 0));
  for (const [frame, count] of got) doubled += Math.max(0, count - (wanted.get(frame) ?? 0));
  return { lost, doubled, isExact: heard.equals(made) };
}

function countFrames(audio: Buffer): Map<string, number> {
  const counts = new Map<string, number>();
  for (let at = 0; at < audio.length; at += FRAME_BYTES) {
    const frame = audio.toString('latin1', at, at + FRAME_BYTES);
    counts.set(frame, (counts.get(frame) ?? 0) + 1);
  }
  return counts;
}
