import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { AREAS } from '../../../src/language/areas.ts';
import { cloudRegions, REGION_NAMES, type RegionName } from '../../../src/regions/cloud-regions.ts';
import type { HealthStatus } from '../../../src/regions/health.ts';
import { Regions } from '../../../src/regions/regions.ts';
import {
  allUrls,
  anySchedule,
  isDead,
  type Schedule,
  SimulatedRegions,
  takesCalls,
} from './simulated-regions.ts';

const PROMISED_MS = 5_000;
/** One look that has just begun, and another until it times out. */
const DETECTED_MS = 3_000;

function world(schedules: Partial<Record<RegionName, Schedule>> = {}, own: RegionName | null = null) {
  const clock = new SimulatedClock();
  const simulated = new SimulatedRegions(clock, schedules);
  const changes: { region: RegionName; status: HealthStatus; atMs: number }[] = [];
  const regions = new Regions({
    urls: allUrls,
    own,
    clock,
    fetch: simulated.fetch,
    onChange: (region, { status }) => changes.push({ region, status, atMs: clock.now() }),
  });
  return { clock, simulated, regions, changes };
}

const caller = { country: 'DE', residency: null };
const regionOf = (choice: ReturnType<Regions['choose']>) => ('refusal' in choice ? null : choice.region);

describe('When a region dies', () => {
  it.each(['refuses', 'silent', 'errors', 'garbage'] as const)(
    'the first call is routed elsewhere within 5 s of its death, when it %s, whenever that is',
    async mood => {
      const after: number[] = [];
      for (let diesAtMs = 10_000; diesAtMs < 11_000; diesAtMs += 50) {
        const { clock, regions } = world({ 'eu-central-1': [{ fromMs: diesAtMs, mood }] });
        regions.start();
        await clock.advance(diesAtMs);
        expect(regionOf(regions.choose(caller))).toBe('eu-central-1');
        while (regionOf(regions.choose(caller)) === 'eu-central-1') await clock.advance(10);
        after.push(clock.now() - diesAtMs);
        expect(regionOf(regions.choose(caller))).toBe('eu-west-2');
      }
      expect(Math.max(...after)).toBeLessThanOrEqual(DETECTED_MS);
      expect(DETECTED_MS).toBeLessThan(PROMISED_MS);
    },
  );

  it('a request that fails routes the very next call elsewhere', async () => {
    const { clock, regions } = world();
    regions.start();
    await clock.advance(5_000);
    regions.failed('eu-central-1', 'answered 502');
    expect(regions.choose(caller)).toMatchObject({
      region: 'eu-west-2',
      text: expect.stringContaining('eu-central-1 is unhealthy: answered 502'),
    });
    await clock.advance(3_500);
    expect(regionOf(regions.choose(caller))).toBe('eu-central-1');
  });

  it('under any schedule of faults no call goes where nobody has taken calls for 5 s, and none is refused that one could take', async () => {
    const lifeMs = 40_000;
    const schedules = fc
      .tuple(...REGION_NAMES.map(() => anySchedule(lifeMs)))
      .map(all => Object.fromEntries(REGION_NAMES.map((name, at) => [name, all[at]!])));
    const anyone = fc.record({
      country: fc.constantFrom('US', 'DE', 'JP', 'BR', null),
      residency: fc.option(fc.subarray([...AREAS], { minLength: 1 })),
    });
    await fc.assert(
      fc.asyncProperty(schedules, anyone, async (lives, asked) => {
        const { clock, regions, simulated, changes } = world(lives);
        regions.start();
        const mayBeIn = (name: RegionName) => asked.residency?.includes(cloudRegions[name].area) ?? true;
        for (let atMs = 0; atMs < lifeMs; atMs += 250) {
          await clock.advance(250);
          const region = regionOf(regions.choose(asked));
          if (region) {
            expect(mayBeIn(region)).toBe(true);
            expect(simulated.sinceMs(region, isDead), `${region} is dead`).toBeLessThanOrEqual(DETECTED_MS);
            expect(
              simulated.sinceMs(region, mood => !takesCalls(mood)),
              `${region} takes none`,
            ).toBeLessThan(PROMISED_MS);
          } else {
            // Three looks in a row find it well again.
            for (const name of REGION_NAMES.filter(mayBeIn))
              expect(simulated.sinceMs(name, takesCalls), `${name} takes calls`).toBeLessThan(PROMISED_MS);
          }
        }
        for (const name of REGION_NAMES) {
          const outs = changes.filter(({ region, status }) => region === name && status === 'unhealthy');
          for (const [at, { atMs }] of outs.entries())
            if (at > 0) expect(atMs - outs[at - 1]!.atMs).toBeGreaterThanOrEqual(3_000);
        }
        const stopped = regions.stop();
        await clock.advance(1_000);
        await stopped;
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }, 120_000);
});

describe('The regions of this product', () => {
  it('are all looked at once a second, and not once more when they are stopped', async () => {
    const { clock, regions, simulated } = world();
    regions.start();
    regions.start();
    await clock.advance(10_500);
    expect(simulated.asked.filter(name => name === 'ap-southeast-1')).toHaveLength(11);
    await regions.stop();
    const before = simulated.asked.length;
    await clock.advance(10_000);
    expect(simulated.asked).toHaveLength(before);
    expect(clock.pending).toBe(0);
  });

  it('send no call to one that drains, from the first look that tells', async () => {
    const { clock, regions } = world({
      'eu-central-1': [
        { fromMs: 3_000, mood: 'draining' },
        { fromMs: 9_000, mood: 'up' },
      ],
    });
    regions.start();
    await clock.advance(4_200);
    expect(regions.choose(caller)).toMatchObject({
      region: 'eu-west-2',
      text: expect.stringContaining('is draining'),
    });
    await clock.advance(6_000);
    expect(regionOf(regions.choose(caller))).toBe('eu-central-1');
  });

  it('are looked at on demand where no timer runs, each once in a second, however many ask', async () => {
    const { clock, regions, simulated } = world({ 'eu-central-1': [{ fromMs: 0, mood: 'refuses' }] });
    for (let at = 0; at < 3; at++) {
      void regions.lookAtDue();
      void regions.lookAtDue();
      await clock.advance(300);
    }
    expect(simulated.asked).toHaveLength(5);
    await clock.advance(1_000);
    void regions.lookAtDue();
    await clock.advance(300);
    expect(simulated.asked).toHaveLength(10);
    expect(regionOf(regions.choose(caller))).toBe('eu-west-2');
    expect(clock.pending).toBe(0);
    // Nobody has asked for long: what was out may be well again, and is tried.
    await clock.advance(31_000);
    expect(regions.choose(caller)).toMatchObject({
      region: 'eu-central-1',
      text: expect.stringContaining('not looked at yet'),
    });
  });

  it('count as failed under an address that another region answers', async () => {
    const clock = new SimulatedClock();
    const simulated = new SimulatedRegions(clock);
    const urls = { ...allUrls, 'eu-central-1': allUrls['us-east-1']! };
    const regions = new Regions({ urls, own: null, clock, fetch: simulated.fetch });
    regions.start();
    await clock.advance(3_000);
    expect(regions.choose({ country: 'DE', residency: ['eu'] })).toEqual({
      refusal:
        'No region in eu, where the data has to stay, takes calls: eu-central-1 is unhealthy: says that it is us-east-1.',
    });
  });
});
