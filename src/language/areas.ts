/** Where words may be worked on, as a company's rules name it. `uk` is not part of `eu`. */
export const AREAS = ['us', 'eu', 'uk', 'ca', 'jp', 'au', 'sg'] as const;

export type Area = (typeof AREAS)[number];

/** As `eu and uk`. */
export function listOf(areas: readonly Area[]): string {
  return areas.join(' and ');
}

/** Whether what is worked on in the area is allowed. `allowed` null allows all; an area that is not known is in none. */
export function isWithin(allowed: readonly Area[] | null, area: Area | null): boolean {
  return allowed === null || (area !== null && allowed.includes(area));
}
