import type { Place } from './geography.ts';

/** Where Amazon's regions are: the metropolitan area that each is named after. */
const places: Readonly<Record<string, Place>> = {
  'us-east-1': { latitude: 39, longitude: -77.5 },
  'us-east-2': { latitude: 40, longitude: -83 },
  'us-west-1': { latitude: 37.4, longitude: -122 },
  'us-west-2': { latitude: 45.8, longitude: -119.7 },
  'ca-central-1': { latitude: 45.5, longitude: -73.6 },
  'sa-east-1': { latitude: -23.5, longitude: -46.6 },
  'eu-west-1': { latitude: 53.3, longitude: -6.3 },
  'eu-west-2': { latitude: 51.5, longitude: -0.1 },
  'eu-west-3': { latitude: 48.9, longitude: 2.4 },
  'eu-central-1': { latitude: 50.1, longitude: 8.7 },
  'eu-north-1': { latitude: 59.3, longitude: 18.1 },
  'eu-south-1': { latitude: 45.5, longitude: 9.2 },
  'ap-south-1': { latitude: 19.1, longitude: 72.9 },
  'ap-southeast-1': { latitude: 1.4, longitude: 103.8 },
  'ap-southeast-2': { latitude: -33.9, longitude: 151.2 },
  'ap-northeast-1': { latitude: 35.7, longitude: 139.7 },
  'ap-northeast-2': { latitude: 37.6, longitude: 127 },
};

/** Regions whose place is known. */
export const placedRegions: readonly string[] = Object.keys(places);

/** Null for a region that is none of Amazon's, or too new to be known here. */
export function placeOfRegion(name: string): Place | null {
  return places[name] ?? null;
}
