import { describe, expect, it } from 'vitest';
import {
  decodeMuLaw,
  decodeMuLawToFloat,
  encodeMuLaw,
  encodeMuLawFromFloat,
  linear16FromBytes,
  linear16ToBytes,
} from '../../../runtime/media/mulaw.ts';

const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code);
const everySample = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

describe('mu-law', () => {
  it('expands the codes that G.711 tabulates', () => {
    // Table 2a of G.711 gives 14-bit values: 8,031 at the top of the eighth segment, 4,191 at its foot, and so on.
    const codes = Uint8Array.of(0x80, 0x8f, 0x90, 0xaf, 0xef, 0xf0, 0xfe, 0xff, 0x7f, 0x7e, 0x00);
    const values = [8_031, 4_191, 3_999, 1_023, 33, 30, 2, 0, 0, -2, -8_031];

    expect([...decodeMuLaw(codes)]).toEqual(values.map(value => value * 4));
  });

  it('gives every code back after expansion, save the negative zero', () => {
    const expected = everyCode.map(code => (code === 0x7f ? 0xff : code));

    expect(encodeMuLaw(decodeMuLaw(everyCode))).toEqual(expected);
  });

  it('changes no sample by more than half a step of its segment', () => {
    const codes = encodeMuLaw(everySample);
    const heard = decodeMuLaw(codes);
    const wrong = everySample.filter((sample, i) => {
      const halfStep = 4 << ((~codes[i]! >> 4) & 0x07);
      return Math.abs(sample) <= 32_635 && Math.abs(heard[i]! - sample) > halfStep;
    });

    expect([...wrong]).toEqual([]);
  });

  it('changes segment at the decision values of G.711', () => {
    // Table 2a again: 31, 95, 223, 479, 991, 2,015 and 4,063 open a segment.
    const feet = [31, 95, 223, 479, 991, 2_015, 4_063].map(value => value * 4);
    const firstCodes = [0xef, 0xdf, 0xcf, 0xbf, 0xaf, 0x9f, 0x8f];

    expect([...encodeMuLaw(Int16Array.from(feet))]).toEqual(firstCodes);
    expect([...encodeMuLaw(Int16Array.from(feet, foot => foot - 1))]).toEqual(
      firstCodes.map(code => code + 1),
    );
  });

  it('speaks floats on the same scale, clipped at the ends', () => {
    const floats = decodeMuLawToFloat(everyCode);

    expect(Float32Array.from(decodeMuLaw(everyCode), sample => sample / 32_768)).toEqual(floats);
    expect(encodeMuLawFromFloat(floats)).toEqual(everyCode.map(code => (code === 0x7f ? 0xff : code)));
    expect([...encodeMuLawFromFloat(Float32Array.of(9, -9, Number.NaN))]).toEqual([0x80, 0x00, 0xff]);
  });

  it('writes into a buffer that is handed to it and refuses one that is too short', () => {
    const out = new Int16Array(4);

    expect(decodeMuLaw(Uint8Array.of(0x80, 0x00), out)).toBe(out);
    expect([...out]).toEqual([32_124, -32_124, 0, 0]);
    expect(() => encodeMuLaw(out, new Uint8Array(3))).toThrow('4 are needed');
  });

  it('turns linear16 bytes into samples and back, whatever their place in memory', () => {
    const bytes = linear16ToBytes(everySample);
    const shifted = new Uint8Array(bytes.length + 2);
    shifted.set(bytes, 1);

    expect(linear16FromBytes(shifted.subarray(1))).toEqual(everySample);
    expect([...linear16ToBytes(Int16Array.of(0x1234, -2))]).toEqual([0x34, 0x12, 0xfe, 0xff]);
  });
});
