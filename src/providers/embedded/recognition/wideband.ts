import { decodeMuLaw } from '../../../../runtime/media/mulaw.ts';

/**
 * Noise of a few steps of a 16-bit sample: the decoder takes the logarithm of silence otherwise. Always the same, so
 * that the same audio gives the same text; as long as any batch of audio, and a prime so that nothing else repeats.
 */
const DITHER_STEPS = 4;
const DITHER_LENGTH = 1_999;
const dither = noiseOf(DITHER_LENGTH, DITHER_STEPS);

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
    wide[2 * i] = clip(1.5 * sample + dither[(2 * i) % DITHER_LENGTH]!);
    wide[2 * i + 1] = clip((sample + next) / 4 + dither[(2 * i + 1) % DITHER_LENGTH]!);
  }
  return wide;
}

function noiseOf(length: number, loudness: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 31 - 1) * loudness;
  });
}

function clip(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
