import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterFailedRequest,
  afterFailure,
  afterSuccess,
  type Health,
  type HealthStatus,
  healthAt,
  healthRules,
  medianMs,
  unknownHealth,
} from '../../../src/regions/health.ts';

/** One look a second: how long the answer took, or null for none. */
type Looks = readonly (number | null)[];

function lookedAt(looks: Looks, from: Health = unknownHealth(0)): Health[] {
  const seen: Health[] = [];
  let health = from;
  for (const [second, latencyMs] of looks.entries()) {
    const atMs = second * 1_000;
    health =
      latencyMs === null
        ? afterFailure(health, 'timed out', atMs)
        : afterSuccess(health, { latencyMs, draining: false, calls: 1, maxCalls: 10 }, atMs);
    seen.push(health);
  }
  return seen;
}

const statuses = (looks: Looks): HealthStatus[] => lookedAt(looks).map(({ status }) => status);
const times = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
const changesOf = (seen: readonly HealthStatus[]) =>
  seen.filter((status, at) => at > 0 && status !== seen[at - 1]).length;

describe('What is watched', () => {
  it('is unknown until it answers, and healthy with its first answer', () => {
    expect(unknownHealth(0).status).toBe('unknown');
    expect(statuses([20])).toEqual(['healthy']);
    expect(statuses([null, 20])).toEqual(['unknown', 'healthy']);
  });

  it('is out with the second failure in a row, not with one, and in again with the third success in a row', () => {
    expect(statuses([20, 20, null, 20, 20])).toEqual(times(5, 'healthy'));
    expect(statuses([20, null, null, 20, 20, null, 20, 20, 20])).toEqual([
      'healthy',
      'healthy',
      ...times(6, 'unhealthy'),
      'healthy',
    ]);
    expect(statuses([null, null])).toEqual(['unknown', 'unhealthy']);
  });

  it('is out at once when a request to it failed', () => {
    const [healthy] = lookedAt([20]) as [Health];
    const out = afterFailedRequest(healthy, 'answered 502', 1_500);
    expect(out).toMatchObject({ status: 'unhealthy', failure: 'answered 502', sinceMs: 1_500 });
    expect(lookedAt([20, 20], out).at(-1)?.status).toBe('unhealthy');
    expect(lookedAt([20, 20, 20], out).at(-1)).toMatchObject({ status: 'healthy', failure: null });
  });

  it('is degraded while it answers slowly, or only most of the time', () => {
    expect(statuses(times(20, 900)).at(-1)).toBe('degraded');
    expect(statuses([...times(20, 900), ...times(20, 50)]).at(-1)).toBe('healthy');
    const lossy = Array.from({ length: 40 }, (_, second) => (second % 2 === 0 ? 50 : null));
    expect(statuses(lossy).at(-1)).toBe('degraded');
    expect(statuses([...lossy, ...times(20, 50)]).at(-1)).toBe('healthy');
  });

  it('is degraded for a while after it was out for long, so that its callers do not all come back at once', () => {
    const out = times(10, null);
    expect(statuses([20, ...out, 20, 20, 20]).at(-1)).toBe('degraded');
    expect(statuses([20, ...out, ...times(12, 20)]).at(-1)).toBe('healthy');
  });

  it('is unknown again when nobody has looked for long, be it for good or for bad', () => {
    for (const looks of [[20], [null, null]]) {
      const last = lookedAt(looks).at(-1)!;
      const lastMs = (looks.length - 1) * 1_000;
      expect(healthAt(last, lastMs + healthRules.staleMs)).toBe(last);
      expect(healthAt(last, lastMs + healthRules.staleMs + 1)).toMatchObject({
        status: 'unknown',
        latestMs: [],
      });
    }
  });

  it('tells the median of its last answers, which one odd answer does not move', () => {
    expect(medianMs(unknownHealth(0))).toBeNull();
    expect(medianMs(lookedAt([20, 21, 22, 950, 19])[4]!)).toBe(21);
    expect(medianMs(lookedAt([...times(30, 500), ...times(9, 30)]).at(-1)!)).toBe(30);
  });

  it('does not flap: between two times out lie as many looks as going in and out takes, whatever comes', () => {
    const look = fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 1_000 }));
    fc.assert(
      fc.property(fc.array(look, { maxLength: 300 }), looks => {
        const isOut = statuses(looks).map(status => status === 'unhealthy');
        const wentOut = isOut.flatMap((out, at) => (out && !isOut[at - 1] ? [at] : []));
        for (const [nth, at] of wentOut.entries())
          if (nth > 0)
            expect(at - wentOut[nth - 1]!).toBeGreaterThanOrEqual(
              healthRules.successesIn + healthRules.failuresOut,
            );
      }),
    );
  });

  it('does not change with every look when it answers just as slowly as is too slow', () => {
    const jitter = fc.array(fc.integer({ min: 440, max: 560 }), { minLength: 100, maxLength: 200 });
    fc.assert(
      fc.property(jitter, looks => {
        // Unknown, healthy or degraded, and then never back: the bounds lie further apart than the jitter.
        expect(changesOf(statuses(looks))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('never takes calls after two failures in a row, and never holds back one that has answered for long', () => {
    const look = fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 300 }));
    fc.assert(
      fc.property(fc.array(look, { maxLength: 100 }), looks => {
        const seen = statuses(looks);
        for (const [at, status] of seen.entries()) {
          if (at > 0 && looks[at] === null && looks[at - 1] === null) expect(status).toBe('unhealthy');
          const lastTwenty = looks.slice(Math.max(0, at - 19), at + 1);
          if (lastTwenty.length === 20 && !lastTwenty.includes(null)) expect(status).toBe('healthy');
        }
      }),
    );
  });
});
