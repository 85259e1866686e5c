import fc from 'fast-check';
import type { Clock } from '../../../runtime/clock.ts';
import { REGION_NAMES, type RegionName } from '../../../src/regions/cloud-regions.ts';
import type { Fetch } from '../../../src/regions/probe.ts';

/** How a region is to those who ask. */
export type Mood = 'up' | 'slow' | 'draining' | 'refuses' | 'silent' | 'errors' | 'garbage';

/** From which time on, in ms, a region is how; in order of time. */
export type Schedule = readonly { fromMs: number; mood: Mood }[];

/** From an edge in Germany. */
const LATENCY_MS: Readonly<Record<RegionName, number>> = {
  'us-east-1': 95,
  'eu-west-2': 20,
  'us-west-2': 150,
  'eu-central-1': 8,
  'ap-southeast-1': 165,
};
const SLOW_MS = 900;

export const urlOf = (name: RegionName) => `https://${name}.example.com`;
export const allUrls = Object.fromEntries(REGION_NAMES.map(name => [name, urlOf(name)]));

/** Whether it takes calls then. */
export const takesCalls = (mood: Mood) => mood === 'up' || mood === 'slow';
export const isDead = (mood: Mood) => !takesCalls(mood) && mood !== 'draining';

/** Regions that live and die by their schedules; `calls` live in each. Whoever is not scheduled is up. */
export class SimulatedRegions {
  readonly calls = new Map<RegionName, number>();
  readonly asked: RegionName[] = [];
  readonly #clock: Clock;
  readonly #schedules: Partial<Record<RegionName, Schedule>>;

  constructor(clock: Clock, schedules: Partial<Record<RegionName, Schedule>> = {}) {
    this.#clock = clock;
    this.#schedules = schedules;
  }

  moodOf(name: RegionName, atMs = this.#clock.now()): Mood {
    return this.#schedules[name]?.findLast(({ fromMs }) => fromMs <= atMs)?.mood ?? 'up';
  }

  /** For how long it has been without interruption what `is` says; -1 when it is not. */
  sinceMs(name: RegionName, is: (mood: Mood) => boolean): number {
    const now = this.#clock.now();
    if (!is(this.moodOf(name))) return -1;
    const others = (this.#schedules[name] ?? []).filter(({ fromMs }) => fromMs <= now);
    const last = others.findLastIndex(({ mood }) => !is(mood));
    return now - (others[last + 1]?.fromMs ?? 0);
  }

  readonly fetch: Fetch = async (url, { signal }) => {
    const name = REGION_NAMES.find(region => url.startsWith(urlOf(region))) as RegionName;
    this.asked.push(name);
    const before = this.moodOf(name);
    if (before === 'refuses')
      throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
    await this.#pause(before === 'slow' ? SLOW_MS : LATENCY_MS[name], signal);
    // Who dies before the answer is out answers nothing.
    const mood = this.moodOf(name);
    if (before === 'silent' || mood === 'silent' || mood === 'refuses') await this.#pause(1e9, signal);
    if (mood === 'errors') return new Response('bad gateway', { status: 502 });
    if (mood === 'garbage') return new Response('<html>hello</html>', { status: 200 });
    const status = mood === 'draining' ? 'draining' : 'ok';
    const told = { status, region: name, calls: this.calls.get(name) ?? 0, maxCalls: 100 };
    return new Response(JSON.stringify(told), { status: mood === 'draining' ? 503 : 200 });
  };

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        this.#clock.clearTimeout(timer);
        reject(signal.reason);
      });
    });
  }
}

const moods: readonly Mood[] = ['up', 'slow', 'draining', 'refuses', 'silent', 'errors', 'garbage'];

/** Any life of a region within so many ms. */
export const anySchedule = (withinMs: number): fc.Arbitrary<Schedule> =>
  fc
    .array(fc.record({ fromMs: fc.nat(withinMs), mood: fc.constantFrom(...moods) }), { maxLength: 8 })
    .map(changes => changes.sort((one, other) => one.fromMs - other.fromMs));
