/** G.711 mu-law, as telephones carry it: samples in -1 … 1 to bytes and back. */

const BIAS = 0x84;
const CLIP = 32_635;

const DECODED = Float32Array.from({ length: 256 }, (_, code) => {
  const inverted = ~code & 0xff;
  const magnitude = (((inverted & 0x0f) << 3) + BIAS) << ((inverted & 0x70) >> 4);
  return (inverted & 0x80 ? BIAS - magnitude : magnitude - BIAS) / 32_768;
});

export function decodeMuLaw(code: number): number {
  return DECODED[code] as number;
}

export function encodeMuLaw(sample: number): number {
  const value = Math.round(sample * 32_768);
  const sign = value < 0 ? 0x80 : 0;
  const magnitude = Math.min(CLIP, Math.abs(value)) + BIAS;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}
