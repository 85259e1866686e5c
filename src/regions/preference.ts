import { placedRegions, placeOfRegion } from './aws-places.ts';
import { placeOfCountry } from './countries.ts';
import { kmBetween, type Place, roundTripMs } from './geography.ts';

/** What is known of where a caller is. */
export interface CallerPlace {
  /** ISO 3166-1 alpha-2; null where nobody tells. */
  country: string | null;
  /** Nearer than the country, where the edge tells. */
  place?: Place | null;
}

const pacific: readonly string[] = ['ap-southeast-1', 'us-west-2', 'us-east-1'];
const europe: readonly string[] = ['eu-west-2', 'eu-central-1'];

/**
 * Countries whose network is not as the globe, and the regions that go before the nearest, best first. Cables from Singapore,
 * Hong Kong and Japan to Europe go round a continent; those of southern Africa go there, and not to Singapore.
 */
const preferred: Readonly<Record<string, readonly string[]>> = {
  SG: pacific,
  HK: pacific,
  JP: ['ap-northeast-1', ...pacific],
  ZA: europe,
  LS: europe,
  SZ: europe,
  MZ: europe,
};

/** Of callers from nobody knows where: the product's two main regions. */
const anywhere: readonly string[] = ['us-east-1', 'eu-west-2'];

/** For a region whose place nobody has written down. */
const UNKNOWN_KM = 20_000;
const UNKNOWN_DETOUR_MS = 200;

/** The regions in the order in which they suit a caller: those that the country's network prefers, then the nearest. */
export function inOrderFor<Name extends string>(caller: CallerPlace, regions: readonly Name[]): Name[] {
  const from = placeOf(caller);
  const first = preferencesOf(caller);
  const rankOf = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  const kmTo = (name: string) => {
    const place = placeOfRegion(name);
    return place ? kmBetween(from, place) : UNKNOWN_KM;
  };
  return [...regions].sort((one, other) => rankOf(one) - rankOf(other) || kmTo(one) - kmTo(other));
}

/**
 * How much later than the best region's an answer from `region` may be expected to begin, for callers of a country. A region
 * that comes later in the country's order is never told to be the sooner one.
 */
export function detourMs(country: string | null, region: string | null): number {
  if (region === null) return 0;
  const known = country && placeOfCountry(country) ? country.toUpperCase() : null;
  const detours = detoursOf.get(known) ?? detoursFor(known);
  detoursOf.set(known, detours);
  return detours.get(region) ?? UNKNOWN_DETOUR_MS;
}

/** By country; a turn's plan asks for many. */
const detoursOf = new Map<string | null, ReadonlyMap<string, number>>();

function detoursFor(country: string | null): ReadonlyMap<string, number> {
  const times = expectedMs({ country }, inOrderFor({ country }, placedRegions));
  const bestMs = Math.min(...times.values());
  return new Map([...times].map(([name, ms]) => [name, ms - bestMs]));
}

/**
 * The round trips that a caller's place lets expect, of regions that are in the caller's order. One that comes later in it is
 * never told to be the sooner one.
 */
export function expectedMs<Name extends string>(
  caller: CallerPlace,
  inOrder: readonly Name[],
): ReadonlyMap<Name, number> {
  const from = placeOf(caller);
  let slowestMs = 0;
  return new Map(
    inOrder.map(name => {
      const place = placeOfRegion(name);
      slowestMs = Math.max(slowestMs, place ? roundTripMs(from, place) : UNKNOWN_DETOUR_MS);
      return [name, slowestMs];
    }),
  );
}

/** Where the caller is, as near as it is known; where the first main region is when nothing is. */
export function placeOf({ country, place }: CallerPlace): Place {
  return place ?? placeOfCountry(country) ?? (placeOfRegion('us-east-1') as Place);
}

function preferencesOf({ country, place }: CallerPlace): readonly string[] {
  const known = preferred[country?.toUpperCase() ?? ''];
  if (known) return known;
  return place || placeOfCountry(country) ? [] : anywhere;
}
