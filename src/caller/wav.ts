import {
  decodeMuLawToFloat,
  encodeMuLawFromFloat,
  linear16ToBytes,
  TELEPHONE_SAMPLE_RATE,
} from '../../runtime/media/mulaw.ts';
import { resample } from './resample.ts';

const PCM = 1;
const FLOAT = 3;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;

const FORMAT_BYTES = 16;
const EXTENSIBLE_BYTES = 40;
const SUB_FORMAT_OFFSET = 24;
const MAX_SAMPLE_RATE = 384_000;

interface WavFormat {
  encoding: number;
  channels: number;
  sampleRate: number;
  bitsPerSample: number;
}

type ReadSample = (data: DataView, at: number) => number;

/** One sample in -1 … 1, by encoding and bits. */
const SAMPLE_READERS: Record<string, ReadSample> = {
  [`${PCM}/8`]: (data, at) => (data.getUint8(at) - 128) / 128,
  [`${PCM}/16`]: (data, at) => data.getInt16(at, true) / 32_768,
  [`${PCM}/24`]: (data, at) => (data.getInt16(at + 1, true) * 256 + data.getUint8(at)) / 8_388_608,
  [`${PCM}/32`]: (data, at) => data.getInt32(at, true) / 2_147_483_648,
  [`${FLOAT}/32`]: (data, at) => data.getFloat32(at, true),
  [`${FLOAT}/64`]: (data, at) => data.getFloat64(at, true),
};

/**
 * Reads a WAV file as a telephone carries it: mono, 8 kHz, mu-law. Takes PCM of 8, 16, 24 and 32 bits, float and
 * mu-law, at any rate, with any number of channels (which are mixed). Throws an error that says what is wrong with
 * anything else.
 */
export function readWav(file: Uint8Array): Uint8Array {
  const { format, data } = openWav(file);
  const { encoding, channels, sampleRate, bitsPerSample } = format;
  const isMuLaw = encoding === MU_LAW && bitsPerSample === 8;
  if (isMuLaw && channels === 1 && sampleRate === TELEPHONE_SAMPLE_RATE) return data;

  const mono = isMuLaw ? mix(decodeMuLawToFloat(data), channels) : mix(readSamples(format, data), channels);
  return encodeMuLawFromFloat(resample(mono, sampleRate, TELEPHONE_SAMPLE_RATE));
}

/** Writes two channels of 16-bit samples at 8 kHz. The shorter one is followed by silence. */
export function writeStereoWav(left: Int16Array, right: Int16Array): Buffer {
  const interleaved = new Int16Array(2 * Math.max(left.length, right.length));
  for (let i = 0; i < left.length; i++) interleaved[2 * i] = left[i]!;
  for (let i = 0; i < right.length; i++) interleaved[2 * i + 1] = right[i]!;
  const data = linear16ToBytes(interleaved);

  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(FORMAT_BYTES, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(2, 22);
  header.writeUInt32LE(TELEPHONE_SAMPLE_RATE, 24);
  header.writeUInt32LE(TELEPHONE_SAMPLE_RATE * 4, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

function openWav(file: Uint8Array): { format: WavFormat; data: Uint8Array } {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('This is not a WAV file: it does not begin with RIFF … WAVE.');
  }

  let format: WavFormat | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const sizeBytes = bytes.readUInt32LE(at + 4);
    // A recorder that was cut off, or wrote into a pipe, leaves a size that is too large.
    const body = bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + sizeBytes));
    if (id === 'fmt ') format = readFormat(body);
    if (id === 'data') {
      if (!format) throw new Error('This WAV file has its data before its format.');
      return { format, data: body };
    }
    // Chunks begin at even positions.
    at += 8 + sizeBytes + (sizeBytes % 2);
  }
  throw new Error('This WAV file has no audio in it (no data chunk).');
}

function readFormat(body: Buffer): WavFormat {
  if (body.length < FORMAT_BYTES) throw new Error('The format chunk of this WAV file is too short.');

  const tag = body.readUInt16LE(0);
  const isExtensible = tag === EXTENSIBLE && body.length >= EXTENSIBLE_BYTES;
  const format = {
    encoding: isExtensible ? body.readUInt16LE(SUB_FORMAT_OFFSET) : tag,
    channels: body.readUInt16LE(2),
    sampleRate: body.readUInt32LE(4),
    bitsPerSample: body.readUInt16LE(14),
  };
  if (format.channels === 0) throw new Error('This WAV file has no channels.');
  if (format.sampleRate === 0 || format.sampleRate > MAX_SAMPLE_RATE) {
    throw new Error(`A WAV file of ${format.sampleRate} samples a second cannot be read.`);
  }
  return format;
}

function readSamples({ encoding, bitsPerSample }: WavFormat, data: Uint8Array): Float32Array {
  const read = SAMPLE_READERS[`${encoding}/${bitsPerSample}`];
  if (!read) {
    throw new Error(
      `WAV encoding ${encoding} with ${bitsPerSample} bits cannot be read; save it as 16-bit PCM or mu-law.`,
    );
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const sampleBytes = bitsPerSample / 8;
  return Float32Array.from({ length: Math.floor(data.length / sampleBytes) }, (_, i) =>
    read(view, i * sampleBytes),
  );
}

function mix(samples: Float32Array, channels: number): Float32Array {
  if (channels === 1) return samples;

  return Float32Array.from({ length: Math.floor(samples.length / channels) }, (_, i) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[i * channels + channel]!;
    return sum / channels;
  });
}
