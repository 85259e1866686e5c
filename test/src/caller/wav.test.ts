import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMuLaw } from '../../../runtime/media/mulaw.ts';
import { resample } from '../../../src/caller/resample.ts';
import { readWav, writeStereoWav } from '../../../src/caller/wav.ts';

const PCM = 1;
const FLOAT = 3;
const MU_LAW = 7;

interface Format {
  encoding: number;
  bits: number;
  rate: number;
  channels?: number;
}

function chunk(id: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(id);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
}

function wav({ encoding, bits, rate, channels = 1 }: Format, data: Buffer, between: Buffer[] = []): Buffer {
  const format = Buffer.alloc(16);
  format.writeUInt16LE(encoding, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE((rate * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  const body = Buffer.concat([Buffer.from('WAVE'), chunk('fmt ', format), ...between, chunk('data', data)]);
  return chunk('RIFF', body);
}

const WRITERS: Record<string, (sample: number) => Buffer> = {
  [`${PCM}/8`]: sample => Buffer.from([Math.round(sample * 127 + 128)]),
  [`${PCM}/16`]: sample => integer(sample, 16),
  [`${PCM}/24`]: sample => integer(sample, 24),
  [`${PCM}/32`]: sample => integer(sample, 32),
  [`${FLOAT}/32`]: sample => {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(sample);
    return bytes;
  },
  [`${FLOAT}/64`]: sample => {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(sample);
    return bytes;
  },
};

function integer(sample: number, bits: number): Buffer {
  const bytes = Buffer.alloc(bits / 8);
  bytes.writeIntLE(Math.round(sample * (2 ** (bits - 1) - 1)), 0, bits / 8);
  return bytes;
}

function tone(hz: number, rate: number, seconds = 0.5, amplitude = 0.5): number[] {
  return Array.from(
    { length: rate * seconds },
    (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / rate),
  );
}

/** Root mean square of the middle of some 8 kHz mu-law, -1 … 1. */
function level(audio: Uint8Array): number {
  const samples = decodeMuLaw(audio.subarray(800, audio.length - 800));
  return Math.sqrt(samples.reduce((sum, s) => sum + (s / 32_768) ** 2, 0) / samples.length);
}

describe('reading WAV', () => {
  it('leaves 8 kHz mono mu-law as it is, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 4_000 }), audio => {
        const file = wav({ encoding: MU_LAW, bits: 8, rate: 8_000 }, Buffer.from(audio));
        expect(Buffer.from(readWav(file))).toEqual(Buffer.from(audio));
      }),
    );
  });

  it('brings back what was written, to the nearest mu-law code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), audio => {
        const samples = decodeMuLaw(audio);
        const back = readWav(writeStereoWav(samples, samples));
        expect(decodeMuLaw(back)).toEqual(samples);
      }),
    );
  });

  it.each(
    Object.keys(WRITERS).flatMap(kind =>
      [8_000, 11_025, 16_000, 22_050, 44_100, 48_000].map(rate => [kind, rate] as const),
    ),
  )('keeps a 1 kHz tone as loud and as long from %s at %i Hz', (kind, rate) => {
    const [encoding, bits] = kind.split('/').map(Number) as [number, number];
    const data = Buffer.concat(tone(1_000, rate).map(WRITERS[kind]!));
    const audio = readWav(wav({ encoding, bits, rate }, data));

    expect(Math.abs(audio.length - 4_000)).toBeLessThanOrEqual(1);
    expect(level(audio)).toBeCloseTo(0.5 / Math.SQRT2, 2);
  });

  it.each([4_600, 6_000, 7_000, 9_000, 15_000])('does not fold %i Hz into the telephone’s band', hz => {
    const data = Buffer.concat(tone(hz, 48_000).map(WRITERS[`${PCM}/16`]!));
    expect(level(readWav(wav({ encoding: PCM, bits: 16, rate: 48_000 }, data)))).toBeLessThan(0.001);
  });

  it('mixes channels', () => {
    const left = tone(440, 8_000, 0.5, 0.8);
    const data = Buffer.concat(left.flatMap(sample => [integer(sample, 16), integer(0, 16)]));
    const audio = readWav(wav({ encoding: PCM, bits: 16, rate: 8_000, channels: 2 }, data));
    expect(audio.length).toBe(4_000);
    expect(level(audio)).toBeCloseTo(0.4 / Math.SQRT2, 2);
  });

  it('finds its way past other chunks, odd ones too, and survives a file that was cut off', () => {
    const data = Buffer.from([1, 2, 3, 4, 5]);
    const others = [chunk('LIST', Buffer.from('odd')), chunk('fact', Buffer.alloc(4))];
    const file = wav({ encoding: MU_LAW, bits: 8, rate: 8_000 }, data, others);
    expect([...readWav(file)]).toEqual([...data]);
    expect([...readWav(file.subarray(0, file.length - 3))]).toEqual([1, 2, 3]);
  });

  it.each([
    ['an MP3', Buffer.from('ID3 and so on, no WAV'), /not a WAV file/],
    ['nothing', Buffer.alloc(0), /not a WAV file/],
    ['a file without audio', chunk('RIFF', Buffer.from('WAVE')), /no data chunk/],
    [
      'A-law',
      wav({ encoding: 6, bits: 8, rate: 8_000 }, Buffer.alloc(4)),
      /encoding 6 with 8 bits.*16-bit PCM/,
    ],
    ['a rate of 0', wav({ encoding: PCM, bits: 16, rate: 0 }, Buffer.alloc(4)), /0 samples a second/],
  ])('says what is wrong with %s', (_, file, reason) => {
    expect(() => readWav(file)).toThrow(reason);
  });

  it('never fails in another way than with a message of its own, whatever the bytes', () => {
    const good = wav({ encoding: PCM, bits: 16, rate: 16_000 }, Buffer.alloc(64));
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(good.length),
        (at, byte, end) => {
          const broken = Buffer.from(good);
          broken[at] = byte;
          try {
            readWav(broken.subarray(0, end));
          } catch (error) {
            expect((error as Error).message).toMatch(/WAV/);
          }
        },
      ),
    );
  });
});

it('a change of rate and back gives the same sound below the lower band’s edge', () => {
  const sound = Float32Array.from(tone(700, 8_000));
  const back = resample(resample(sound, 8_000, 44_100), 44_100, 8_000);
  const worst = sound.slice(400, -400).map((sample, i) => Math.abs(sample - back[i + 400]!));
  expect(Math.max(...worst)).toBeLessThan(0.002);
});
