import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AudioRing } from '../../../../src/providers/streaming/audio-ring.ts';

it('gives back what was written, as far as it is neither trimmed nor older than its room', () => {
  const step = fc.oneof(
    fc.record({ write: fc.integer({ min: 0, max: 50_000 }) }),
    fc.record({ trim: fc.integer({ min: -10, max: 60_000 }) }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 90_000 }), fc.array(step, { maxLength: 30 }), (room, steps) => {
      const ring = new AudioRing(room);
      const all: number[] = [];
      let start = 0;
      for (const move of steps) {
        if ('write' in move) {
          const piece = Uint8Array.from({ length: move.write }, (_, i) => (all.length + i) % 251);
          for (const byte of piece) all.push(byte);
          ring.write(piece);
          start = Math.max(start, all.length - room);
        } else {
          ring.trim(move.trim);
          start = Math.min(all.length, Math.max(start, move.trim));
        }
        expect([ring.start, ring.end]).toEqual([start, all.length]);
        const kept = ring.read(ring.start, ring.end);
        expect(Buffer.compare(kept, Uint8Array.from(all.slice(ring.start)))).toBe(0);
      }
    }),
    { numRuns: 60 },
  );
});

it('keeps all of what fits, growing as it must', () => {
  const ring = new AudioRing(240_000);
  for (let at = 0; at < 300_000; at += 160) ring.write(new Uint8Array(160).fill((at / 160) % 256));
  expect(ring.end - ring.start).toBe(240_000);
  expect(ring.read(60_000, 60_160)).toEqual(new Uint8Array(160).fill(375 % 256));
});
