/** A point of the globe, in degrees. */
export interface Place {
  latitude: number;
  longitude: number;
}

const EARTH_RADIUS_KM = 6_371;
/** What the way out of a network and back into one costs, however near the two are. */
const LAST_MILE_MS = 5;
/**
 * Fibre takes 1 ms for the round trip over 100 km; cables go round coasts. London to Virginia (5,900 km) takes some 76 ms,
 * Singapore to Oregon (13,000 km) 165.
 */
const MS_PER_KM = 0.014;

/** Along the great circle. */
export function kmBetween(one: Place, other: Place): number {
  const [here, there] = [radians(one.latitude), radians(other.latitude)];
  const north = Math.sin((there - here) / 2) ** 2;
  const east = Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
  return (
    2 * EARTH_RADIUS_KM * Math.asin(Math.sqrt(Math.min(1, north + Math.cos(here) * Math.cos(there) * east)))
  );
}

/** What a round trip between the two may be expected to take. An estimate, good for putting places in order. */
export function roundTripMs(one: Place, other: Place): number {
  return LAST_MILE_MS + kmBetween(one, other) * MS_PER_KM;
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
