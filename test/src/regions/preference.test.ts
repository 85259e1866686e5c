import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placedRegions } from '../../../src/regions/aws-places.ts';
import { countryCodes, placeOfCountry } from '../../../src/regions/countries.ts';
import { kmBetween, roundTripMs } from '../../../src/regions/geography.ts';
import { detourMs, inOrderFor } from '../../../src/regions/preference.ts';

const five = ['us-east-1', 'eu-west-2', 'us-west-2', 'eu-central-1', 'ap-southeast-1'] as const;
const firstThree = (country: string | null) => inOrderFor({ country }, five).slice(0, 3);

/** Codes that ICU names and ISO 3166-1 does not have: unions, regions, and what is reserved or no more. */
const notOfIso = /^(AC|CP|CQ|DG|EA|EU|EZ|IC|QO|TA|UN|XA|XB|ZZ)$/;

describe('Which regions suit a country', () => {
  it.each([
    ['US', ['us-east-1', 'us-west-2', 'eu-west-2']],
    ['CA', ['us-east-1', 'us-west-2', 'eu-west-2']],
    ['GB', ['eu-west-2', 'eu-central-1', 'us-east-1']],
    ['DE', ['eu-central-1', 'eu-west-2', 'us-east-1']],
    ['FR', ['eu-west-2', 'eu-central-1', 'us-east-1']],
    ['SG', ['ap-southeast-1', 'us-west-2', 'us-east-1']],
    ['JP', ['ap-southeast-1', 'us-west-2', 'us-east-1']],
  ])('%s is served as its main markets are: %s', (country, regions) => {
    expect(firstThree(country)).toEqual(regions);
  });

  it.each([
    ['BR', 'us-east-1'],
    ['MX', 'us-east-1'],
    ['IE', 'eu-west-2'],
    ['ES', 'eu-west-2'],
    ['PL', 'eu-central-1'],
    ['AE', 'eu-central-1'],
    ['KE', 'eu-central-1'],
    ['ZA', 'eu-west-2'],
    ['IN', 'ap-southeast-1'],
    ['AU', 'ap-southeast-1'],
    ['PF', 'us-west-2'],
  ])('%s is served by %s', (country, region) => {
    expect(firstThree(country)[0]).toBe(region);
  });

  it('callers from nobody knows where go to the two main regions first', () => {
    for (const country of [null, '', 'XX', 'T1', 'nowhere'])
      expect(firstThree(country).slice(0, 2), String(country)).toEqual(['us-east-1', 'eu-west-2']);
  });

  it('a caller whose place is told is served by the region nearest to it, not to their country', () => {
    const seattle = { latitude: 47.6, longitude: -122.3 };
    expect(inOrderFor({ country: 'US', place: seattle }, five)[0]).toBe('us-west-2');
    // Cables are where they are.
    const durban = { latitude: -29.9, longitude: 31 };
    expect(inOrderFor({ country: 'ZA', place: durban }, five)[0]).toBe('eu-west-2');
  });

  it('knows every country there is, and gives each of them every region, whatever the case of its code', () => {
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const iso = letters
      .flatMap(one => letters.map(other => one + other))
      .filter(code => names.of(code) !== undefined && !notOfIso.test(code))
      // Codes of countries that are no more stand for those that came after.
      .filter(code => new Intl.Locale(`und-${code}`).region === code);
    expect(iso.length).toBeGreaterThan(240);
    expect(iso.filter(code => placeOfCountry(code) === null)).toEqual([]);
    expect(countryCodes.filter(code => names.of(code) === undefined)).toEqual([]);
    for (const code of countryCodes) {
      expect(new Set(inOrderFor({ country: code }, five))).toEqual(new Set(five));
      expect(inOrderFor({ country: code.toLowerCase() }, five)).toEqual(inOrderFor({ country: code }, five));
    }
  });

  it('an answer of a region that is preferred less is never told to come sooner', () => {
    for (const country of [...countryCodes, null]) {
      const detours = inOrderFor({ country }, placedRegions).map(region => detourMs(country, region));
      expect(detours[0], String(country)).toBe(0);
      expect(detours).toEqual([...detours].sort((one, other) => one - other));
    }
    expect(detourMs('DE', null)).toBe(0);
    expect(detourMs('DE', 'moon-north-1')).toBeGreaterThan(detourMs('DE', 'us-west-2'));
  });
});

describe('The round trip that a distance lets expect', () => {
  const place = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  });

  it('is the same both ways, and never shorter than light in fibre takes', () => {
    fc.assert(
      fc.property(place, place, (one, other) => {
        expect(kmBetween(one, other)).toBeCloseTo(kmBetween(other, one), 3);
        expect(kmBetween(one, other)).toBeLessThanOrEqual(20_016);
        expect(roundTripMs(one, other)).toBeGreaterThan(kmBetween(one, other) / 100);
      }),
    );
  });

  it('is near to what networks are known for', () => {
    const london = { latitude: 51.5, longitude: -0.1 };
    const virginia = { latitude: 39, longitude: -77.5 };
    expect(kmBetween(london, virginia)).toBeGreaterThan(5_850);
    expect(kmBetween(london, virginia)).toBeLessThan(5_950);
    // Some 76 ms.
    expect(Math.abs(roundTripMs(london, virginia) - 76)).toBeLessThan(15);
  });
});
