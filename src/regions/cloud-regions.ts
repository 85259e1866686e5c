import { type Area, isWithin } from '../language/areas.ts';

/** Regions that this product runs in, by Amazon's names. */
export const REGION_NAMES = [
  'us-east-1',
  'eu-west-2',
  'us-west-2',
  'eu-central-1',
  'ap-southeast-1',
] as const;

export type RegionName = (typeof REGION_NAMES)[number];

export interface CloudRegion {
  name: RegionName;
  city: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** Whose law its machines are under, as companies' rules name it. */
  area: Area;
  /** Cloudflare's data centres around it, by their airports. */
  colos: readonly string[];
  /** Calls that it is planned for, until one of its nodes tells what it takes. */
  capacityCalls: number;
}

/** What does not change while the product runs. Where a region is on the globe is in aws-places.ts, its models in models.ts. */
export const cloudRegions: Readonly<Record<RegionName, CloudRegion>> = {
  'us-east-1': {
    name: 'us-east-1',
    city: 'N. Virginia',
    country: 'US',
    area: 'us',
    colos: ['IAD', 'DCA', 'BWI'],
    capacityCalls: 500,
  },
  'eu-west-2': {
    name: 'eu-west-2',
    city: 'London',
    country: 'GB',
    area: 'uk',
    colos: ['LHR', 'LGW', 'STN'],
    capacityCalls: 500,
  },
  'us-west-2': {
    name: 'us-west-2',
    city: 'Oregon',
    country: 'US',
    area: 'us',
    colos: ['SEA', 'PDX', 'SFO', 'LAX'],
    capacityCalls: 250,
  },
  'eu-central-1': {
    name: 'eu-central-1',
    city: 'Frankfurt',
    country: 'DE',
    area: 'eu',
    colos: ['FRA', 'MUC', 'AMS', 'CDG'],
    capacityCalls: 250,
  },
  'ap-southeast-1': {
    name: 'ap-southeast-1',
    city: 'Singapore',
    country: 'SG',
    area: 'sg',
    colos: ['SIN', 'KUL', 'BKK', 'HKG'],
    capacityCalls: 100,
  },
};

/** Whether a caller's data may be in the region. `residency` null allows all. */
export function mayBeIn(region: RegionName, residency: readonly Area[] | null): boolean {
  return isWithin(residency, cloudRegions[region].area);
}

export function isRegionName(text: string): text is RegionName {
  return (REGION_NAMES as readonly string[]).includes(text);
}
