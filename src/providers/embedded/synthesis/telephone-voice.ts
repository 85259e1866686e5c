import { encodeMuLawFromFloat, TELEPHONE_SAMPLE_RATE } from '../../../../runtime/media/mulaw.ts';

/** The level of speech while it lasts, in full-scale RMS: -20 dBFS. */
const SPEECH_LEVEL = 0.1;
/** Peaks stay below this after levelling: -1 dBFS. */
const PEAK_LEVEL = 0.89;
/** What counts as sound, against the loudest frame: -40 dB. */
const SOUND_RATIO = 0.01;
const FRAME_MS = 10;
/** Silence kept before the first and after the last sound. */
const MARGIN_MS = 60;

/** Turns a WAV file (mono, 16-bit, 8 or 16 kHz) into levelled, trimmed mu-law for the telephone. */
export function toTelephoneVoice(wav: Uint8Array): Uint8Array {
  const { samples, sampleRate } = readWav(wav);
  if (sampleRate !== TELEPHONE_SAMPLE_RATE && sampleRate !== 2 * TELEPHONE_SAMPLE_RATE)
    throw new Error(`The voice came at ${sampleRate} Hz; 8,000 and 16,000 Hz are understood.`);

  const narrow = sampleRate === TELEPHONE_SAMPLE_RATE ? samples : halve(samples);
  return encodeMuLawFromFloat(levelled(narrow));
}

function levelled(samples: Float32Array): Float32Array {
  const frameLength = (TELEPHONE_SAMPLE_RATE * FRAME_MS) / 1_000;
  const frames = Array.from({ length: Math.ceil(samples.length / frameLength) }, (_, i) =>
    meanSquare(samples.subarray(i * frameLength, (i + 1) * frameLength)),
  );
  const floor = Math.max(0, ...frames) * SOUND_RATIO ** 2;
  const sounding = frames.map(power => power > floor);
  const first = sounding.indexOf(true);
  if (first < 0) return new Float32Array();

  const margin = MARGIN_MS / FRAME_MS;
  const from = Math.max(0, first - margin) * frameLength;
  const to = (sounding.lastIndexOf(true) + 1 + margin) * frameLength;
  const voice = samples.slice(from, to);

  const loud = frames.filter((_, i) => sounding[i]);
  const level = Math.sqrt(loud.reduce((sum, power) => sum + power, 0) / loud.length);
  const peak = voice.reduce((highest, sample) => Math.max(highest, Math.abs(sample)), 0);
  const gain = Math.min(SPEECH_LEVEL / level, PEAK_LEVEL / peak);
  return voice.map(sample => sample * gain);
}

function meanSquare(frame: Float32Array): number {
  return frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length;
}

/** Half of the taps of a low-pass at 3.6 kHz for 16 kHz (Hamming-windowed sinc); the other half mirrors it. */
const LOW_PASS = lowPass(24, 3_600 / 16_000);

/** Low-passes and drops every other sample. */
function halve(samples: Float32Array): Float32Array {
  const out = new Float32Array(samples.length >> 1);
  for (let i = 0; i < out.length; i++) {
    let sum = LOW_PASS[0]! * samples[2 * i]!;
    for (let tap = 1; tap < LOW_PASS.length; tap++)
      sum += LOW_PASS[tap]! * ((samples[2 * i - tap] ?? 0) + (samples[2 * i + tap] ?? 0));
    out[i] = sum;
  }
  return out;
}

function lowPass(reach: number, cutoff: number): Float64Array {
  const taps = Float64Array.from({ length: reach + 1 }, (_, n) => {
    const sinc = n === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * n) / (Math.PI * n);
    return sinc * (0.54 + 0.46 * Math.cos((Math.PI * n) / (reach + 1)));
  });
  const total = taps[0]! + 2 * taps.slice(1).reduce((sum, tap) => sum + tap, 0);
  return taps.map(tap => tap / total);
}

function readWav(bytes: Uint8Array): { samples: Float32Array; sampleRate: number } {
  const wav = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (wav.length < 12 || wav.toString('latin1', 0, 4) !== 'RIFF') throw new Error('Flite wrote no WAV file.');

  let sampleRate = 0;
  for (let at = 12; at + 8 <= wav.length; ) {
    const chunk = wav.toString('latin1', at, at + 4);
    const size = wav.readUInt32LE(at + 4);
    at += 8;
    if (chunk === 'fmt ') sampleRate = wav.readUInt32LE(at + 4);
    if (chunk === 'data') {
      const end = Math.min(wav.length, at + size);
      const samples = Float32Array.from(
        { length: (end - at) >> 1 },
        (_, i) => wav.readInt16LE(at + 2 * i) / 32_768,
      );
      return { samples, sampleRate };
    }
    at += size + (size & 1);
  }
  return { samples: new Float32Array(), sampleRate: sampleRate || TELEPHONE_SAMPLE_RATE };
}
