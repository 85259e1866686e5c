/**
 * Which of a provider's regions to ask for a caller's country, and how much farther the others are. Distances are round
 * trips between the country's network and the region, rounded, and only used to put regions in order.
 */

const byCountry: Record<string, readonly string[]> = {
  US: ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-2'],
  CA: ['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-2'],
  MX: ['us-east-1', 'us-west-2'],
  CO: ['us-east-1', 'us-west-2'],
  AR: ['us-east-1', 'us-west-2'],
  CL: ['us-east-1', 'us-west-2'],
  PE: ['us-east-1', 'us-west-2'],
  BR: ['us-east-1', 'us-west-2'],
  GB: ['eu-west-2', 'eu-west-1', 'eu-central-1', 'us-east-1'],
  IE: ['eu-west-1', 'eu-west-2', 'eu-central-1', 'us-east-1'],
  DE: ['eu-central-1', 'eu-west-3', 'eu-west-2', 'us-east-1'],
  FR: ['eu-west-3', 'eu-west-2', 'eu-central-1', 'us-east-1'],
  ES: ['eu-west-3', 'eu-central-1', 'eu-west-2', 'us-east-1'],
  SG: ['ap-southeast-1', 'ap-northeast-1', 'us-west-2', 'us-east-1'],
  HK: ['ap-southeast-1', 'ap-northeast-1', 'us-west-2', 'us-east-1'],
  AU: ['ap-southeast-1', 'us-west-2', 'us-east-1'],
  JP: ['ap-northeast-1', 'ap-southeast-1', 'us-west-2', 'us-east-1'],
};

const anywhere: readonly string[] = ['us-east-1', 'eu-west-2'];

/** One step down a country's list costs about this much. */
const STEP_MS = 60;

/** Regions for a country (ISO 3166-1 alpha-2), nearest first. An unknown country gets the two main ones. */
export function regionsFor(country: string | null): readonly string[] {
  return byCountry[country?.toUpperCase() ?? ''] ?? anywhere;
}

/** How much later than the nearest region's an answer from `region` may be expected to begin. */
export function detourMs(country: string | null, region: string | null): number {
  if (region === null) return 0;
  const preferred = regionsFor(country);
  const at = preferred.indexOf(region);
  return STEP_MS * (at < 0 ? preferred.length : at);
}
