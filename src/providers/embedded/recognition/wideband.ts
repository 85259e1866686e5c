import { decodeMuLaw } from '../../../../runtime/media/mulaw.ts';

/** A few steps of a 16-bit sample: the decoder takes the logarithm of silence otherwise. */
const DITHER = 4;

/**
 * Mu-law at 8 kHz as 16-bit samples at 16 kHz, for an acoustic model that was trained on wide-band speech. The empty
 * upper half of the band is filled with a mirror image of the lower half, which the model takes better than nothing.
 */
export function toWideband(audio: Uint8Array): Int16Array {
  const narrow = decodeMuLaw(audio);
  const wide = new Int16Array(2 * narrow.length);
  for (let i = 0; i < narrow.length; i++) {
    const sample = narrow[i]!;
    const next = narrow[i + 1] ?? sample;
    wide[2 * i] = clip(1.5 * sample + dither());
    wide[2 * i + 1] = clip((sample + next) / 4 + dither());
  }
  return wide;
}

function dither(): number {
  return (2 * Math.random() - 1) * DITHER;
}

function clip(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
