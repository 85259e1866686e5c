import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { FRAME_BYTES } from '../../../runtime/media/media-streams.ts';
import { ListeningEar } from '../../../src/supervisor/listening-ear.ts';

function rig() {
  const clock = new SimulatedClock();
  const heard: { atMs: number; track: number; code: number; bytes: number }[] = [];
  const ear = new ListeningEar({
    clock,
    send: frame =>
      heard.push({ atMs: clock.now(), track: frame[0]!, code: frame[1]!, bytes: frame.length - 1 }),
    ended() {},
  });
  return { clock, ear, heard };
}

const frame = (code: number, bytes = FRAME_BYTES) => new Uint8Array(bytes).fill(code);

describe('a listening ear', () => {
  it('hears the agent when the caller does, and not what was taken back', () => {
    const { clock, ear, heard } = rig();
    for (let n = 0; n < 10; n++) ear.agent(frame(n), 0, FRAME_BYTES, n * 20);
    clock.advanceSync(90);
    ear.agentSilenced(90);
    ear.agent(frame(50), 0, FRAME_BYTES, 100);
    clock.advanceSync(1_000);
    expect(heard.map(({ atMs, code }) => [atMs, code])).toEqual([
      [0, 0],
      [20, 1],
      [40, 2],
      [60, 3],
      [80, 4],
      [100, 50],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('hears the caller in frames of 20 ms, however the carrier cuts them', () => {
    const { ear, heard } = rig();
    for (const bytes of [1, 159, 400, 80]) ear.caller(frame(7, bytes));
    expect(heard.map(({ track, bytes }) => [track, bytes])).toEqual([
      [0, FRAME_BYTES],
      [0, FRAME_BYTES],
      [0, FRAME_BYTES],
      [0, FRAME_BYTES],
    ]);
  });

  it('leaves no timer behind', () => {
    const { clock, ear } = rig();
    ear.agent(frame(1), 0, FRAME_BYTES, 500);
    ear.stop();
    expect(clock.pending).toBe(0);
  });
});
