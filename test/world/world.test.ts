import { expect, it } from 'vitest';
import { worldsOf } from './plan.ts';
import { faultTable, tellViolations } from './report.ts';
import { Tally } from './tally.ts';
import { World } from './world.ts';

/** Each seed allows other faults and has its own machines. `npm run bench -- world` goes through a hundred times as many calls. */
const SEEDS = [1, 2, 3, 4, 5, 6];
const CALLS = 40;

it('In a world where everything fails that can, no call gets stuck, no word is lost, nothing is done twice, and every call has one record', async () => {
  const tally = new Tally();
  const found: string[] = [];
  for (const seed of SEEDS) {
    for (const options of worldsOf(seed, CALLS)) {
      const { violations, tally: counted } = await new World(options).run();
      tally.add(counted);
      const { firstCall } = options;
      found.push(...tellViolations(violations, { seed, calls: CALLS, firstCall }));
    }
  }
  expect(found).toEqual([]);
  // A world in which nothing happened would prove nothing.
  const silent = Object.keys(tally.strikes).length;
  expect(silent, faultTable(tally)).toBeGreaterThan(30);
}, 120_000);

it('A node that is killed or drained costs no call, and callers are back with the agent within seconds', async () => {
  const tally = new Tally();
  for (const seed of ['kept/1', 'kept/2']) {
    const faults = new Set(['nodeKilled', 'nodeDrained', 'interrupts'] as const);
    const { violations, tally: counted } = await new World({
      ...{ seed, faults, firstCall: 0, calls: 40, nodes: 5, edgeShare: 0.4 },
      faultEveryMs: 3_000,
    }).run();
    expect(violations).toEqual([]);
    tally.add(counted);
  }
  // Nothing is known of a call whose node is killed between the webhook and the stream.
  const { 'never began': unknown = 0, ...ended } = tally.outcomes['any call'] ?? {};
  expect(Object.keys(ended).sort()).toEqual(['completed', 'transferred']);
  expect(unknown).toBeLessThan(3);
  expect(tally.counts['moved: nodeDied']).toBeGreaterThan(10);
  expect(tally.counts['moved: drain']).toBeGreaterThan(10);
  // Who was being passed to a person hears that person first.
  const outagesMs = tally.outagesMs.sort((one, other) => one - other);
  expect(outagesMs[Math.floor(0.9 * outagesMs.length)]).toBeLessThan(3_000);
}, 60_000);

it('A world comes out the same each time', async () => {
  const stories = await Promise.all([1, 2].map(() => storyOf(7, 5)));
  expect(stories[0]).toEqual(stories[1]);
  expect(stories[0]?.length).toBeGreaterThan(20);
}, 60_000);

async function storyOf(seed: number, call: number): Promise<string[]> {
  const lines: string[] = [];
  const [options] = worldsOf(seed, 15);
  if (!options) throw new Error('There is no world.');
  await new World({ ...options, story: { call, tell: line => lines.push(withoutIds(line)) } }).run();
  return lines;
}

/** Calls are named at random by the product. */
function withoutIds(line: string): string {
  return line.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'an id');
}
