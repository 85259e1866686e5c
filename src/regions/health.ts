/**
 * `unknown`: nobody has looked of late. `degraded`: takes calls, though it answers slowly or not every time. `unhealthy`: takes
 * none.
 */
export type HealthStatus = 'unknown' | 'healthy' | 'degraded' | 'unhealthy';

/** What is known of one region, or of one partner. Written down, never worked on: every observation gives a new one. */
export interface Health {
  status: HealthStatus;
  /** When the status began, as all times here on the observer's monotonic clock. */
  sinceMs: number;
  /** It is alive and asks for no new calls. */
  draining: boolean;
  /** In a row. */
  successes: number;
  /** In a row. */
  failures: number;
  /** Of what was asked, the share that was not answered; the past fades. */
  lossShare: number;
  /** Of what was answered, how long it took; the past fades. */
  meanMs: number | null;
  /** How long the last answers took, the oldest first. */
  latestMs: readonly number[];
  /** Live calls, and how many it takes, as it tells itself. */
  calls: number | null;
  maxCalls: number | null;
  lastSeenMs: number | null;
  /** Why the last failure was one; null when it has answered since. */
  failure: string | null;
}

/** An answer to a health check. */
export interface Seen {
  latencyMs: number;
  draining: boolean;
  calls: number | null;
  maxCalls: number | null;
}

export interface HealthRules {
  /** Failures in a row that take it out. */
  failuresOut: number;
  /** Successes in a row that take it in again. */
  successesIn: number;
  /** A mean above this degrades it … */
  slowMs: number;
  /** … until the mean is below this. */
  quickMs: number;
  /** A share of losses above this degrades it … */
  lossy: number;
  /** … until the share is below this. */
  sound: number;
  /** What was seen longer ago says nothing of now. */
  staleMs: number;
}

export const healthRules: HealthRules = {
  failuresOut: 2,
  successesIn: 3,
  slowMs: 500,
  quickMs: 400,
  lossy: 0.3,
  sound: 0.1,
  staleMs: 30_000,
};

/** Weight of the newest in what fades. */
const NEWEST = 0.2;
const LATEST = 9;

/** Of what nobody has looked at yet. */
export function unknownHealth(nowMs: number): Health {
  return {
    status: 'unknown',
    sinceMs: nowMs,
    draining: false,
    successes: 0,
    failures: 0,
    lossShare: 0,
    meanMs: null,
    latestMs: [],
    calls: null,
    maxCalls: null,
    lastSeenMs: null,
    failure: null,
  };
}

export function afterSuccess(health: Health, seen: Seen, nowMs: number, rules = healthRules): Health {
  const { latencyMs, draining, calls, maxCalls } = seen;
  const successes = health.successes + 1;
  const meanMs = health.meanMs === null ? latencyMs : faded(health.meanMs, latencyMs);
  const lossShare = faded(health.lossShare, 0);
  const isOut = health.status === 'unhealthy' && successes < rules.successesIn;
  const status = isOut ? 'unhealthy' : quality(health.status, meanMs, lossShare, rules);
  const latestMs = [...health.latestMs, latencyMs].slice(-LATEST);
  const next = { ...health, successes, failures: 0, lossShare, meanMs, latestMs, draining, calls, maxCalls };
  return become(status, { ...next, lastSeenMs: nowMs, failure: null }, nowMs);
}

/** A health check was not answered, or not as it should be. `why`: as `timed out`. */
export function afterFailure(health: Health, why: string, nowMs: number, rules = healthRules): Health {
  const failures = health.failures + 1;
  const lossShare = faded(health.lossShare, 1);
  const next = { ...health, successes: 0, failures, lossShare, lastSeenMs: nowMs, failure: why };
  const isOut = health.status === 'unhealthy' || failures >= rules.failuresOut;
  if (isOut) return become('unhealthy', next, nowMs);
  const isLossy = health.status === 'healthy' && lossShare > rules.lossy;
  return become(isLossy ? 'degraded' : health.status, next, nowMs);
}

/** A request that was no health check failed: that is proof enough. */
export function afterFailedRequest(health: Health, why: string, nowMs: number): Health {
  const failures = health.failures + 1;
  const lossShare = faded(health.lossShare, 1);
  const next = { ...health, successes: 0, failures, lossShare, lastSeenMs: nowMs, failure: why };
  return become('unhealthy', next, nowMs);
}

/** What may be made of it now: observations that are too old say nothing. */
export function healthAt(health: Health, nowMs: number, rules = healthRules): Health {
  const isStale = health.lastSeenMs !== null && nowMs - health.lastSeenMs > rules.staleMs;
  return isStale ? unknownHealth(health.lastSeenMs! + rules.staleMs) : health;
}

/** Half of the last answers came within this. Null when there were none. */
export function medianMs({ latestMs }: Health): number | null {
  const sorted = [...latestMs].sort((one, other) => one - other);
  return sorted[(sorted.length - 1) >> 1] ?? null;
}

/** How good it is, of what takes calls. A step down and a step up have different bounds, so that none is taken twice a second. */
function quality(before: HealthStatus, meanMs: number, lossShare: number, rules: HealthRules): HealthStatus {
  const wasDegraded = before === 'degraded';
  const tooSlowMs = wasDegraded ? rules.quickMs : rules.slowMs;
  const tooLossy = wasDegraded ? rules.sound : rules.lossy;
  return meanMs > tooSlowMs || lossShare > tooLossy ? 'degraded' : 'healthy';
}

function become(status: HealthStatus, health: Health, nowMs: number): Health {
  return { ...health, status, sinceMs: status === health.status ? health.sinceMs : nowMs };
}

function faded(past: number, newest: number): number {
  return past + NEWEST * (newest - past);
}
