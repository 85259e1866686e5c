import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTES_PER_MS, FRAME_BYTES } from '../../../runtime/media/media-streams.ts';
import { MU_LAW_SILENCE } from '../../../runtime/media/mulaw.ts';
import { AgentTrack } from '../../../src/recordings/agent-track.ts';
import { CallerTrack, SETTLE_MS, TOLERANCE_MS } from '../../../src/recordings/caller-track.ts';

const FRAME_MS = FRAME_BYTES / BYTES_PER_MS;

/** A file in memory. */
class Written {
  readonly bytes: number[] = [];
  append(audio: Uint8Array, from = 0, to = audio.length): void {
    for (let i = from; i < to; i++) this.bytes.push(audio[i]!);
  }
  silence(bytes: number): void {
    for (let i = 0; i < bytes; i++) this.bytes.push(MU_LAW_SILENCE);
  }
  /** Where the runs of each code begin, in milliseconds. */
  get frames(): Map<number, number> {
    const found = new Map<number, number>();
    for (const [at, code] of this.bytes.entries())
      if (code !== MU_LAW_SILENCE && !found.has(code)) found.set(code, at / BYTES_PER_MS);
    return found;
  }
}

/** A frame that can be told from its neighbours. */
const frame = (n: number) => new Uint8Array(FRAME_BYTES).fill(n % 251);

describe('the caller’s track', () => {
  /** What a line does to frames that are spoken every 20 ms: nothing, hold them up, or lose them. */
  const spells = fc.array(
    fc.record({
      kind: fc.constantFrom('plain' as const, 'late' as const, 'lost' as const),
      // A pause that is found out counts as one only once it is longer than jitter.
      frames: fc.integer({ min: 8, max: 40 }),
      jitterMs: fc.integer({ min: 0, max: 15 }),
    }),
    { minLength: 1, maxLength: 12 },
  );

  it('has every frame that came where it was spoken, to the jitter, whatever was late or lost', () => {
    fc.assert(
      fc.property(spells, all => {
        const file = new Written();
        const track = new CallerTrack(file);
        const spoken = new Map<number, number>();
        let n = 0;
        let nowMs = 0;
        const come = (number: number, atMs: number) => {
          spoken.set(number % 251, number * FRAME_MS);
          track.write(frame(number), atMs);
        };
        const plain = (count: number, jitterMs: number) => {
          for (let i = 0; i < count; i++) {
            nowMs = ++n * FRAME_MS;
            come(n - 1, nowMs + (i % 2) * jitterMs);
          }
        };
        for (const { kind, frames, jitterMs } of all) {
          if (n + 2 * frames + SETTLE_MS / FRAME_MS > 240) break;
          if (kind === 'lost') n += frames;
          else if (kind === 'late') {
            const from = n;
            n += frames;
            nowMs = n * FRAME_MS;
            for (let i = from; i < n; i++) come(i, nowMs + jitterMs);
          }
          plain(frames, jitterMs);
          // What was lost is known once it has not come for a while.
          if (kind === 'lost') plain(SETTLE_MS / FRAME_MS, 0);
        }
        track.end(nowMs);

        const found = file.frames;
        for (const [code, atMs] of spoken)
          expect(Math.abs((found.get(code) ?? Number.NaN) - atMs)).toBeLessThanOrEqual(
            TOLERANCE_MS + FRAME_MS,
          );
        expect(Math.abs(file.bytes.length / BYTES_PER_MS - nowMs)).toBeLessThanOrEqual(TOLERANCE_MS);
      }),
      { numRuns: 300 },
    );
  });

  it('is silent while the line was lost, and goes on in the right place when it comes back', () => {
    const file = new Written();
    const track = new CallerTrack(file);
    for (let n = 1; n <= 50; n++) track.write(frame(1), n * FRAME_MS);
    for (let n = 1; n <= 100; n++) track.write(frame(2), 6_000 + n * FRAME_MS);
    track.end(8_000);
    expect([...file.frames]).toEqual([
      [1, 0],
      [2, 6_000],
    ]);
    expect(file.bytes).toHaveLength(8_000 * BYTES_PER_MS);
  });

  it('does not run ahead of time with a peer that sends faster than anybody speaks', () => {
    const file = new Written();
    const track = new CallerTrack(file);
    for (let n = 0; n < 5_000; n++) track.write(frame(1), 1_000);
    track.end(1_000);
    expect(file.bytes.length / BYTES_PER_MS).toBeLessThanOrEqual(1_000 + TOLERANCE_MS);
  });
});

describe('the agent’s track', () => {
  it('has what was played, where it was played, and nothing that was taken back', () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.record({ speakMs: fc.integer({ min: 1, max: 3_000 }) }) },
        { weight: 2, arbitrary: fc.record({ waitMs: fc.integer({ min: 1, max: 3_000 }) }) },
        { weight: 1, arbitrary: fc.record({ silence: fc.constant(true) }) },
        { weight: 1, arbitrary: fc.record({ settle: fc.constant(true) }) },
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 20, max: 1_000 }), (all, leadMs) => {
        const file = new Written();
        const track = new AgentTrack(file);
        // The truth: a carrier that plays what it was sent, sample for sample.
        const played: number[] = [];
        let nowMs = 0;
        let dryMs = 0;
        let n = 0;
        const put = (atMs: number, code: number) => {
          while (played.length < atMs * BYTES_PER_MS) played.push(MU_LAW_SILENCE);
          for (let i = 0; i < FRAME_BYTES; i++) played.push(code);
        };
        for (const step of all) {
          if ('waitMs' in step) nowMs += step.waitMs;
          else if ('silence' in step) {
            track.silence(nowMs);
            played.length = Math.min(played.length, nowMs * BYTES_PER_MS);
            dryMs = 0;
          } else if ('settle' in step) track.settle(nowMs);
          else
            for (let spokenMs = 0; spokenMs < step.speakMs; spokenMs += FRAME_MS) {
              while (dryMs - leadMs >= nowMs) nowMs += 5;
              const playsAtMs = Math.max(dryMs, nowMs);
              track.write(frame(++n), 0, FRAME_BYTES, playsAtMs, nowMs);
              put(playsAtMs, n % 251);
              dryMs = playsAtMs + FRAME_MS;
            }
        }
        track.end(nowMs);
        while (played.length < nowMs * BYTES_PER_MS) played.push(MU_LAW_SILENCE);
        played.length = nowMs * BYTES_PER_MS;
        expect(Buffer.from(file.bytes).equals(Buffer.from(played))).toBe(true);
      }),
      { numRuns: 200, examples: [[[{ waitMs: 1 }, { speakMs: 1 }], 20]] },
    );
  });
});
