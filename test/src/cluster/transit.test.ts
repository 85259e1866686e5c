import { expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { Transit } from '../../../src/cluster/transit.ts';

/** How many may be between the nodes at once, when `remaining` are left and each takes `tookMs`. */
async function room(remaining: number, tookMs: number, leftMs: number): Promise<number> {
  const clock = new SimulatedClock();
  const transit = new Transit(clock, 40 * tookMs + leftMs);
  for (let at = 0; at < 40; at++) {
    transit.left(`earlier ${at}`);
    await clock.advance(tookMs);
    transit.arrived(`earlier ${at}`);
  }
  let count = 0;
  while (transit.hasRoom(remaining)) transit.left(`call ${count++}`);
  return count;
}

it('lets few calls go at once while there is time, and more where they would not all be gone', async () => {
  expect(await room(200, 100, 105_000)).toBe(4);
  expect(await room(1_000, 500, 105_000)).toBe(10);
  expect(await room(200, 2_000, 105_000)).toBe(8);
});

it('asks nobody for more at once than can be answered in time, however late it is', async () => {
  expect(await room(1_000, 500, 20_000)).toBe(16);
  expect(await room(1_000, 3_000, -1)).toBe(16);
  expect(await room(3, 100, -1)).toBe(16);
});
