import { encodeMuLaw, TELEPHONE_SAMPLE_RATE } from '../../../runtime/media/mulaw.ts';

/** Of what a recogniser and a voice detector take for a voice: a fundamental with its harmonics, in syllables. */
export function callersVoice(durationMs: number): Uint8Array {
  const samples = new Int16Array((durationMs * TELEPHONE_SAMPLE_RATE) / 1_000);
  for (let at = 0; at < samples.length; at++) {
    const s = at / TELEPHONE_SAMPLE_RATE;
    let sample = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic++)
      sample += Math.sin(2 * Math.PI * 130 * harmonic * s) / harmonic;
    samples[at] = 3_000 * sample * (0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * s));
  }
  return encodeMuLaw(samples);
}

/** 10 ms. */
const BYTES_PER_LETTER = 80;

/** How an emulated agent says a text: hastily, no letter of it like its neighbours or those of other texts. */
export function agentsVoice(text: string): Uint8Array {
  const audio = new Uint8Array(text.length * BYTES_PER_LETTER);
  let seed = 2_166_136_261;
  for (let at = 0; at < audio.length; at++) {
    if (at % BYTES_PER_LETTER === 0)
      seed = Math.imul(seed ^ (text.charCodeAt(at / BYTES_PER_LETTER) + at), 16_777_619) >>> 0;
    audio[at] = (seed >>> (8 * (at % 4))) & 0xff;
  }
  return audio;
}
