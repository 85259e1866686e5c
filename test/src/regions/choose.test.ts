import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AREAS } from '../../../src/language/areas.ts';
import { assessRegions, type RegionRequest, type RegionView } from '../../../src/regions/assess.ts';
import { placeOfRegion } from '../../../src/regions/aws-places.ts';
import { chooseRegion } from '../../../src/regions/choose.ts';
import { cloudRegions, REGION_NAMES, type RegionName } from '../../../src/regions/cloud-regions.ts';
import { countryCodes } from '../../../src/regions/countries.ts';
import { type Health, unknownHealth } from '../../../src/regions/health.ts';
import { urlOf } from './simulated-regions.ts';

const healthy = (over: Partial<Health> = {}): Health => ({
  ...unknownHealth(0),
  status: 'healthy',
  calls: 0,
  maxCalls: 100,
  lastSeenMs: 0,
  ...over,
});
const unhealthy = healthy({ status: 'unhealthy', failure: 'timed out' });

function views(over: Partial<Record<RegionName, Partial<RegionView>>> = {}): RegionView[] {
  return REGION_NAMES.map(name => ({ name, url: urlOf(name), health: healthy(), ...over[name] }));
}

const request = (over: Partial<RegionRequest> = {}): RegionRequest => ({
  country: null,
  residency: null,
  ...over,
});
const chosen = (over: Partial<RegionRequest>, regions: Parameters<typeof views>[0] = {}) =>
  chooseRegion(request(over), views(regions));

describe('The region of a call', () => {
  it('is the first of its country, with the rest to turn to', () => {
    expect(chosen({ country: 'de' })).toEqual({
      region: 'eu-central-1',
      url: 'https://eu-central-1.example.com',
      text: 'eu-central-1 for DE (expected 7 ms, 0 % loaded), because it is the nearest; with 4 more to turn to.',
      others: ['eu-west-2', 'us-east-1', 'us-west-2', 'ap-southeast-1'].map(region => ({
        region,
        url: urlOf(region as RegionName),
      })),
    });
  });

  it('is another while that is out, draining, full or without address, and says so', () => {
    const text = (view: Partial<RegionView>) => {
      const choice = chosen({ country: 'DE' }, { 'eu-central-1': view });
      return 'text' in choice ? choice.text : choice.refusal;
    };
    expect(text({ health: unhealthy })).toBe(
      'eu-west-2 for DE (expected 15 ms, 0 % loaded), because eu-central-1 is unhealthy: timed out; with 3 more to turn to.',
    );
    expect(text({ health: healthy({ draining: true }) })).toContain(
      'eu-central-1 is draining and takes no new calls',
    );
    expect(text({ health: healthy({ calls: 100 }) })).toContain('eu-central-1 is full (100 calls)');
    expect(text({ url: null })).toContain('eu-central-1 has no address');
  });

  it('is another when that one is degraded, loaded or measured to be so much slower', () => {
    const region = (health: Partial<Health>) => {
      const choice = chosen({ country: 'DE' }, { 'eu-central-1': { health: healthy(health) } });
      return 'region' in choice && choice.region;
    };
    expect(region({})).toBe('eu-central-1');
    expect(region({ calls: 50 })).toBe('eu-central-1');
    expect(region({ calls: 95 })).toBe('eu-west-2');
    expect(region({ status: 'degraded' })).toBe('eu-west-2');
    expect(region({ latestMs: [18, 20, 22] })).toBe('eu-central-1');
    expect(region({ latestMs: [90, 95, 99] })).toBe('eu-west-2');
  });

  it('has a place of its own to be measured from: a German caller is no farther from Frankfurt because the node is', () => {
    const measured = { 'eu-central-1': 92, 'us-east-1': 2 } as const;
    const regions = Object.fromEntries(
      Object.entries(measured).map(([name, ms]) => [name, { health: healthy({ latestMs: [ms] }) }]),
    );
    const observer = placeOfRegion('us-east-1');
    expect(chosen({ country: 'DE', observer }, regions)).toMatchObject({ region: 'eu-central-1' });
    // What it takes longer than the distance lets expect is the region's own.
    const slow = { ...regions, 'eu-central-1': { health: healthy({ latestMs: [300] }) } };
    expect(chosen({ country: 'DE', observer }, slow)).toMatchObject({ region: 'eu-west-2' });
  });

  it('is that of the data centre where the caller came in', () => {
    expect(chosen({ country: 'US' })).toMatchObject({ region: 'us-east-1' });
    expect(chosen({ country: 'US', colo: 'LAX' })).toMatchObject({ region: 'us-west-2' });
    expect(chosen({ country: 'GB', colo: 'ams' })).toMatchObject({ region: 'eu-central-1' });
    expect(chosen({ country: 'US', colo: 'XXX' })).toMatchObject({ region: 'us-east-1' });
  });

  it('takes no call that its capacity does not hold, as planned where its nodes do not tell', () => {
    const { capacityCalls } = cloudRegions['ap-southeast-1'];
    const full = healthy({ calls: capacityCalls, maxCalls: null });
    expect(chosen({ country: 'SG' }, { 'ap-southeast-1': { health: full } })).not.toMatchObject({
      region: 'ap-southeast-1',
    });
  });
});

describe('Where the data of callers may be', () => {
  it('decides before anything else, and the record says so', () => {
    expect(chosen({ country: 'US', residency: ['eu'] })).toMatchObject({
      region: 'eu-central-1',
      text: 'eu only, so eu-central-1 for US (expected 97 ms, 0 % loaded), because it is the nearest; with no other to turn to.',
      others: [],
    });
    expect(chosen({ country: 'US', residency: ['uk', 'eu'] })).toMatchObject({
      region: 'eu-west-2',
      others: [{ region: 'eu-central-1' }],
    });
  });

  it('refuses a call, with a sentence, when nothing there takes it', () => {
    expect(chosen({ residency: ['eu'] }, { 'eu-central-1': { health: unhealthy } })).toEqual({
      refusal:
        'No region in eu, where the data has to stay, takes calls: eu-central-1 is unhealthy: timed out.',
    });
    expect(chosen({ residency: ['jp'] })).toEqual({
      refusal: 'The data has to stay in jp, and no region is there: allow one of the areas where one is.',
    });
    const nowhere = Object.fromEntries(REGION_NAMES.map(name => [name, { url: null }]));
    expect(chosen({}, nowhere)).toMatchObject({
      refusal: expect.stringMatching(/^No region takes calls: us-east-1 has no address/),
    });
  });

  const anyHealth: fc.Arbitrary<Health> = fc.record({
    status: fc.constantFrom('unknown', 'healthy', 'degraded', 'unhealthy'),
    sinceMs: fc.constant(0),
    draining: fc.boolean(),
    successes: fc.nat(9),
    failures: fc.nat(9),
    lossShare: fc.constant(0),
    meanMs: fc.option(fc.nat(2_000)),
    latestMs: fc.array(fc.nat(2_000), { maxLength: 9 }),
    calls: fc.option(fc.nat(120)),
    maxCalls: fc.option(fc.nat(120)),
    lastSeenMs: fc.constant(0),
    failure: fc.option(fc.constant('timed out')),
  });
  const anyViews = fc.tuple(...REGION_NAMES.map(() => fc.tuple(anyHealth, fc.boolean()))).map(all =>
    REGION_NAMES.map((name, at): RegionView => {
      const [health, hasAddress] = all[at]!;
      return { name, url: hasAddress ? urlOf(name) : null, health };
    }),
  );
  const anyRequest = fc.record<RegionRequest>({
    country: fc.option(fc.constantFrom(...countryCodes)),
    colo: fc.option(fc.constantFrom('IAD', 'LHR', 'SEA', 'FRA', 'SIN', 'GRU')),
    place: fc.option(
      fc.record({
        latitude: fc.integer({ min: -90, max: 90 }),
        longitude: fc.integer({ min: -180, max: 180 }),
      }),
    ),
    residency: fc.option(fc.subarray([...AREAS])),
    observer: fc.option(fc.constantFrom(...REGION_NAMES.map(name => placeOfRegion(name)!))),
    except: fc
      .subarray([...REGION_NAMES])
      .map(tried => new Map(tried.map(name => [name, 'was tried already']))),
  });

  it('holds whatever is down, full, slow, near or preferred: what is forbidden is never scored, chosen or turned to', () => {
    fc.assert(
      fc.property(anyRequest, anyViews, (asked, regions) => {
        const mayBeIn = (name: RegionName) => asked.residency?.includes(cloudRegions[name].area) ?? true;
        const choice = chooseRegion(asked, regions);
        const used = 'refusal' in choice ? [] : [choice, ...choice.others].map(({ region }) => region);
        expect(used.filter(name => !mayBeIn(name))).toEqual([]);
        for (const { name, allowed, score } of assessRegions(asked, regions)) {
          expect(allowed).toBe(mayBeIn(name));
          if (!allowed) expect(score).toBeNull();
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses only when no region that is allowed takes calls, and never chooses one that does not', () => {
    fc.assert(
      fc.property(anyRequest, anyViews, (asked, regions) => {
        const open = regions.filter(
          ({ name, url, health: { status, draining, calls, maxCalls } }) =>
            (asked.residency?.includes(cloudRegions[name].area) ?? true) &&
            url !== null &&
            status !== 'unhealthy' &&
            !draining &&
            !asked.except?.has(name) &&
            (calls ?? 0) < Math.max(1, maxCalls ?? cloudRegions[name].capacityCalls),
        );
        const choice = chooseRegion(asked, regions);
        if ('refusal' in choice) {
          expect(open).toEqual([]);
          expect(choice.refusal).toMatch(/^[A-Z].+\.$/);
        } else {
          const used = [choice, ...choice.others].map(({ region }) => region);
          expect(new Set(used)).toEqual(new Set(open.map(({ name }) => name)));
          expect(choice.text).toMatch(/^.+ \(.+\), because .+; with .+ to turn to\.$/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
