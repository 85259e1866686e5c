import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMuLawToFloat, encodeMuLawFromFloat } from '../../runtime/media/mulaw.ts';
import { decodeMuLaw, encodeMuLaw } from '../../visualizations/console/src/audio/mulaw.ts';
import { PlayoutQueue } from '../../visualizations/console/src/audio/playout-queue.ts';
import { Resampler } from '../../visualizations/console/src/audio/resampler.ts';

describe('the browser’s mu-law', () => {
  it('is that of the server, for every code', () => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    expect([...codes].map(decodeMuLaw)).toEqual([...decodeMuLawToFloat(codes)]);
  });

  it('is that of the server, for every sample', () => {
    const sample = fc.integer({ min: -32_768, max: 32_767 }).map(value => value / 32_768);
    fc.assert(
      fc.property(sample, value => {
        const ours = decodeMuLaw(encodeMuLaw(value));
        const theirs = decodeMuLaw(encodeMuLawFromFloat(Float32Array.of(value))[0]!);
        expect(ours).toBeCloseTo(theirs, 6);
      }),
    );
  });
});

describe('a change of the sample rate', () => {
  /** How loud a tone is afterwards, of 1, once the kernel is full; and how many samples a second makes. */
  function toneThrough(fromHz: number, toHz: number, toneHz: number) {
    const resampler = new Resampler(fromHz, toHz);
    const made: number[] = [];
    for (let i = 0; i < fromHz; i++)
      resampler.push(Math.sin((2 * Math.PI * toneHz * i) / fromHz), sample => made.push(sample));
    const settled = made.slice(made.length / 2);
    const power = settled.reduce((sum, sample) => sum + sample * sample, 0) / settled.length;
    return { level: Math.sqrt(2 * power), samples: made.length };
  }

  it.each([48_000, 44_100, 16_000, 96_000])(
    'keeps a voice and drops what a telephone cannot carry, from %i Hz',
    rate => {
      const voice = toneThrough(rate, 8_000, 1_000);
      expect(voice.samples).toBe(8_000);
      expect(voice.level).toBeCloseTo(1, 2);
      // 6 kHz would come back as 2 kHz: as a whistle in the recogniser's ear.
      expect(toneThrough(rate, 8_000, 6_000).level).toBeLessThan(0.02);
    },
  );

  it.each([48_000, 44_100])('gives a telephone’s voice back at %i Hz', rate => {
    const voice = toneThrough(8_000, rate, 1_000);
    expect(voice.samples).toBe(rate);
    expect(voice.level).toBeCloseTo(1, 2);
  });
});

describe('what waits to be played', () => {
  const audio = (samples: number) => new Uint8Array(samples).fill(0x10);
  const play = (queue: PlayoutQueue, samples: number) =>
    Array.from({ length: samples }, () => queue.next()).filter(sample => sample !== 0).length;
  const dueMarks = (queue: PlayoutQueue) => {
    const names: string[] = [];
    for (let name = queue.takeDueMark(); name !== null; name = queue.takeDueMark()) names.push(name);
    return names;
  };

  it('gives a mark back when all before it has been played, and no sample sooner', () => {
    const queue = new PlayoutQueue();
    queue.push(audio(800));
    queue.mark('first');
    queue.push(audio(800));
    queue.mark('second');
    expect(play(queue, 799)).toBe(799);
    expect(dueMarks(queue)).toEqual([]);
    play(queue, 1);
    expect(dueMarks(queue)).toEqual(['first']);
    play(queue, 800);
    expect(dueMarks(queue)).toEqual(['second']);
  });

  it('is silent at once when it is cleared, and gives every mark back', () => {
    const queue = new PlayoutQueue();
    queue.push(audio(8_000));
    queue.mark('first');
    play(queue, 1_000);
    queue.clear();
    expect(dueMarks(queue)).toEqual(['first']);
    expect(play(queue, 1_000)).toBe(0);
  });

  it('waits for a cushion before it speaks, and does not hold back what is shorter', () => {
    const queue = new PlayoutQueue();
    queue.push(audio(160));
    expect(play(queue, 100)).toBe(0);
    queue.push(audio(480));
    expect(play(queue, 640)).toBe(640);

    queue.push(audio(160));
    expect(play(queue, 2_000)).toBe(160);
  });

  it('plays everything once and in order, whatever the pieces and the pauses', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 900 }))),
        pieces => {
          const queue = new PlayoutQueue();
          let pushed = 0;
          let played = 0;
          for (const [samples, pause] of pieces) {
            queue.push(audio(samples));
            pushed += samples;
            played += play(queue, pause);
          }
          expect(played + play(queue, pushed + 1_000)).toBe(pushed);
        },
      ),
    );
  });
});
