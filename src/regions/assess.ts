import { type Area, listOf } from '../language/areas.ts';
import { placeOfRegion } from './aws-places.ts';
import { cloudRegions, mayBeIn, type RegionName } from './cloud-regions.ts';
import { type Place, roundTripMs } from './geography.ts';
import { type Health, medianMs } from './health.ts';
import { type CallerPlace, expectedMs, inOrderFor } from './preference.ts';

/** A region as it is now. */
export interface RegionView {
  name: RegionName;
  /** The origin under which it takes calls; null when the settings name none. */
  url: string | null;
  health: Health;
}

export interface RegionRequest extends CallerPlace {
  /** Cloudflare's data centre that the caller came in by, where there is one. */
  colo?: string | null;
  /** The only areas where the caller's data may be; null for anywhere. */
  residency: readonly Area[] | null;
  /** Where the health checks are made from; null when that is where the caller comes in, as at the edge. */
  observer?: Place | null;
  /** Those that are out of question for a reason of the one who asks, as `was tried already`. */
  except?: ReadonlyMap<RegionName, string>;
}

/** What speaks against a region, in ms; the least is the best. */
export interface Score {
  /** Until it answers: as measured, moved to where the caller is, or else as the distance lets expect. */
  latencyMs: number;
  isMeasured: boolean;
  preferenceMs: number;
  loadMs: number;
  healthMs: number;
  totalMs: number;
}

export interface Assessment {
  name: RegionName;
  url: string | null;
  /** Whether the caller's data may be there. Nothing else is looked at when it may not. */
  allowed: boolean;
  /** Null for a region that cannot be chosen. */
  score: Score | null;
  /** From 0 to 1, and above; null when it has not told. */
  load: number | null;
  /** Ends a sentence that begins with its name; for one that can be chosen, what it is like. */
  why: string;
}

/** So much comes a region behind the one before it in the caller's order, besides what is measured. */
const PREFERENCE_STEP_MS = 10;
/** At full load; little below four fifths. */
const FULL_LOAD_MS = 200;
const DEGRADED_MS = 200;
const UNKNOWN_MS = 50;

/** What each region is worth to a caller, in the caller's order. Those that residency forbids come last, and unscored. */
export function assessRegions(request: RegionRequest, regions: readonly RegionView[]): Assessment[] {
  const { residency } = request;
  const [allowed, forbidden] = [true, false].map(wanted =>
    regions.filter(({ name }) => mayBeIn(name, residency) === wanted),
  ) as [RegionView[], RegionView[]];

  const inOrder = callersOrder(
    request,
    allowed.map(({ name }) => name),
  );
  const expected = expectedMs(request, inOrder);
  const assessed = inOrder.map((name, rank) => {
    const view = allowed.find(region => region.name === name) as RegionView;
    return assess(view, { request, rank, expectedMs: expected.get(name) as number });
  });
  return [...assessed, ...forbidden.map(view => forbid(view, residency ?? []))];
}

/** The data centre that the caller came in by says more of their network than the country does. */
function callersOrder(request: RegionRequest, names: readonly RegionName[]): RegionName[] {
  const inOrder = inOrderFor(request, names);
  const colo = request.colo?.toUpperCase() ?? '';
  const isHome = (name: RegionName) => cloudRegions[name].colos.includes(colo);
  return [...inOrder.filter(isHome), ...inOrder.filter(name => !isHome(name))];
}

function forbid({ name, url }: RegionView, allowed: readonly Area[]): Assessment {
  const why = `is in ${cloudRegions[name].area}, and the data has to stay in ${listOf(allowed)}`;
  return { name, url, allowed: false, score: null, load: null, why };
}

function assess(
  { name, url, health }: RegionView,
  { request, rank, expectedMs: ms }: { request: RegionRequest; rank: number; expectedMs: number },
): Assessment {
  const load = loadOf(name, health);
  const common = { name, url, allowed: true, load };
  const obstacle = request.except?.get(name) ?? obstacleOf(url, health, load);
  if (obstacle !== null) return { ...common, score: null, why: obstacle };

  const measuredMs = measuredFor(request, name, ms, health);
  const parts = {
    latencyMs: measuredMs ?? ms,
    preferenceMs: rank * PREFERENCE_STEP_MS,
    loadMs: FULL_LOAD_MS * (load ?? 0) ** 4,
    healthMs: health.status === 'degraded' ? DEGRADED_MS : health.status === 'unknown' ? UNKNOWN_MS : 0,
  };
  const totalMs = Object.values(parts).reduce((sum, part) => sum + part, 0);
  const score = { ...parts, isMeasured: measuredMs !== null, totalMs };
  return { ...common, score, why: like(score, health, load) };
}

/** What was measured from elsewhere, less the way from there, and with the caller's. */
function measuredFor(
  { observer }: RegionRequest,
  name: RegionName,
  callersMs: number,
  health: Health,
): number | null {
  const hereMs = medianMs(health);
  if (hereMs === null || health.status === 'unknown') return null;
  const place = placeOfRegion(name);
  return observer && place ? Math.max(1, hereMs - roundTripMs(observer, place) + callersMs) : hereMs;
}

function obstacleOf(url: string | null, health: Health, load: number | null): string | null {
  if (url === null) return 'has no address (CLOUD_REGIONS names none)';
  if (health.status === 'unhealthy') return `is unhealthy: ${health.failure ?? 'it was, of late'}`;
  if (health.draining) return 'is draining and takes no new calls';
  return load !== null && load >= 1 ? `is full (${health.calls} calls)` : null;
}

function loadOf(name: RegionName, { calls, maxCalls }: Health): number | null {
  return calls === null ? null : calls / Math.max(1, maxCalls ?? cloudRegions[name].capacityCalls);
}

/** As `measured 24 ms, 12 % loaded`. */
function like({ latencyMs, isMeasured }: Score, { status }: Health, load: number | null): string {
  return [
    `${isMeasured ? 'measured' : 'expected'} ${Math.round(latencyMs)} ms`,
    ...(load === null ? [] : [`${Math.round(load * 100)} % loaded`]),
    ...(status === 'healthy' ? [] : [status === 'degraded' ? 'degraded' : 'not looked at yet']),
  ].join(', ');
}
