import { decodeMuLawToFloat } from '../../runtime/media/mulaw.ts';
import type { TrackAudio } from './recordings.ts';

/** Read and looked at in one go; other calls have their turn between two. */
const PIECE_BYTES = 64 * 1024;

export type Peak = readonly [min: number, max: number];

/**
 * The shape of bytes `from` to `to` of a track: the lowest and the highest sample, in -1 … 1, of each of `points` equal
 * parts. What the track has not got is silent.
 */
export async function peaksOf(
  audio: TrackAudio,
  { from, to, points }: { from: number; to: number; points: number },
): Promise<Peak[]> {
  const peaks = Array.from({ length: points }, (): [number, number] => [0, 0]);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const samples = new Float32Array(PIECE_BYTES);
  const perByte = points / Math.max(1, to - from);
  for (let at = from; at < to; ) {
    const bytes = Math.min(await audio.read(piece, at), to - at);
    if (bytes === 0) break;
    decodeMuLawToFloat(piece.subarray(0, bytes), samples);
    for (let i = 0; i < bytes; i++) {
      const peak = peaks[Math.floor((at + i - from) * perByte)]!;
      const sample = samples[i]!;
      if (sample < peak[0]) peak[0] = sample;
      else if (sample > peak[1]) peak[1] = sample;
    }
    at += bytes;
  }
  return peaks.map(([min, max]) => [round(min), round(max)]);
}

function round(sample: number): number {
  return Math.round(sample * 1_000) / 1_000;
}
