import { FRAME_BYTES } from '../../runtime/media/media-streams.ts';
import { MU_LAW_SILENCE } from '../../runtime/media/mulaw.ts';

/** Something to say, cut into frames and encoded once for any number of lines. */
export interface Speech {
  /** Mu-law, a whole number of frames long. */
  readonly audio: Uint8Array;
  /** Base64 of each frame. */
  readonly frames: readonly string[];
}

/** Cuts mu-law audio into frames; the last is filled up with silence. */
export function cutIntoFrames(audio: Uint8Array): Speech {
  const whole = Buffer.alloc(Math.ceil(audio.length / FRAME_BYTES) * FRAME_BYTES, MU_LAW_SILENCE);
  whole.set(audio);
  const frames = Array.from({ length: whole.length / FRAME_BYTES }, (_, i) =>
    whole.toString('base64', i * FRAME_BYTES, (i + 1) * FRAME_BYTES),
  );
  return { audio: whole, frames };
}

/** One frame in which nobody speaks. */
export const SILENT_FRAME = Buffer.alloc(FRAME_BYTES, MU_LAW_SILENCE);
export const SILENT_PAYLOAD = SILENT_FRAME.toString('base64');
