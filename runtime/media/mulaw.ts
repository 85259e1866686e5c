/** Samples, and so mu-law bytes, a second on every telephone line. */
export const TELEPHONE_SAMPLE_RATE = 8_000;

/** Digital silence in mu-law: the code of zero. */
export const MU_LAW_SILENCE = 0xff;

// G.711 works on 14-bit magnitudes with a bias of 33 and a ceiling of 8,158; on 16 bits both are four times that.
const BIAS = 132;
const CEILING = 32_635;
const FULL_SCALE = 32_768;

const linearOfCode = Int16Array.from({ length: 256 }, (_, code) => expand(code));
const floatOfCode = Float32Array.from(linearOfCode, sample => sample / FULL_SCALE);

/**
 * Expands mu-law (ITU-T G.711) into linear 16-bit samples, one for one. Writes into `out` when given, which must be at
 * least as long as `bytes`, and returns it.
 */
export function decodeMuLaw(bytes: Uint8Array, out = new Int16Array(bytes.length)): Int16Array {
  requireRoom(bytes.length, out.length);
  for (let i = 0; i < bytes.length; i++) out[i] = linearOfCode[bytes[i]!]!;

  return out;
}

/** As `decodeMuLaw`, with samples in -1 … 1. */
export function decodeMuLawToFloat(bytes: Uint8Array, out = new Float32Array(bytes.length)): Float32Array {
  requireRoom(bytes.length, out.length);
  for (let i = 0; i < bytes.length; i++) out[i] = floatOfCode[bytes[i]!]!;

  return out;
}

/**
 * Compresses linear 16-bit samples to mu-law (ITU-T G.711), each to the code of its decision interval; what is louder
 * than the loudest code becomes that code. Writes into `out` when given, which must be at least as long as `samples`, and returns it.
 */
export function encodeMuLaw(samples: Int16Array, out = new Uint8Array(samples.length)): Uint8Array {
  requireRoom(samples.length, out.length);
  for (let i = 0; i < samples.length; i++) out[i] = compress(samples[i]!);

  return out;
}

/** As `encodeMuLaw`, from samples in -1 … 1. Samples beyond are clipped; NaN becomes silence. */
export function encodeMuLawFromFloat(
  samples: Float32Array,
  out = new Uint8Array(samples.length),
): Uint8Array {
  requireRoom(samples.length, out.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, samples[i]! * FULL_SCALE));
    // The bitwise or turns NaN into zero.
    out[i] = compress(Math.round(sample) | 0);
  }

  return out;
}

/** Reads `linear16` bytes (signed, little-endian) as samples. An odd last byte is half a sample and is left out. */
export function linear16FromBytes(bytes: Uint8Array): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

  return Int16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getInt16(2 * i, true));
}

/** Writes samples as `linear16` bytes: signed, little-endian on every machine. */
export function linear16ToBytes(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(2 * samples.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) view.setInt16(2 * i, samples[i]!, true);

  return bytes;
}

/** Codes are sent inverted: sign, three bits of exponent, four of mantissa. */
function expand(code: number): number {
  const bits = ~code & 0xff;
  const exponent = (bits >> 4) & 0x07;
  const mantissa = bits & 0x0f;
  const magnitude = (((mantissa << 3) + BIAS) << exponent) - BIAS;

  return bits & 0x80 ? -magnitude : magnitude;
}

function compress(sample: number): number {
  const biased = Math.min(Math.abs(sample), CEILING) + BIAS;
  const exponent = 24 - Math.clz32(biased);
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  const sign = sample < 0 ? 0x80 : 0;

  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function requireRoom(needed: number, length: number): void {
  if (length >= needed) return;
  throw new RangeError(`The output holds ${length} samples, but ${needed} are needed.`);
}
