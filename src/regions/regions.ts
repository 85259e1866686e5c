import type { Clock } from '../../runtime/clock.ts';
import { type Assessment, assessRegions, type RegionRequest, type RegionView } from './assess.ts';
import { placeOfRegion } from './aws-places.ts';
import { chooseRegion, type RegionChoice } from './choose.ts';
import { REGION_NAMES, type RegionName } from './cloud-regions.ts';
import type { Health, HealthRules } from './health.ts';
import { HealthWatch } from './health-watch.ts';
import { type Fetch, regionProbe } from './probe.ts';
import type { RegionUrls } from './region-urls.ts';

export interface RegionsOptions {
  urls: RegionUrls;
  /** Where this process runs; null at the edge, where callers come in, and for a node that has not been told. */
  own: RegionName | null;
  clock: Clock;
  fetch: Fetch;
  /** From one look at a region to the next. Default 1000. */
  intervalMs?: number;
  /** Default 1000. */
  timeoutMs?: number;
  rules?: HealthRules;
  /** Hears of every change of a region's health. */
  onChange?(region: RegionName, health: Health, before: Health): void;
}

export type CallerRequest = Omit<RegionRequest, 'observer'>;

const INTERVAL_MS = 1_000;
const TIMEOUT_MS = 1_000;

/** The regions of this product as one process knows them: a node, or the edge. Needs nothing of Node's. */
export class Regions {
  readonly own: RegionName | null;
  readonly #urls: RegionUrls;
  readonly #watch: HealthWatch<RegionName>;

  constructor({ urls, own, clock, fetch, ...options }: RegionsOptions) {
    this.own = own;
    this.#urls = urls;
    const probing = { clock, fetch, timeoutMs: options.timeoutMs ?? TIMEOUT_MS };
    const { rules, onChange } = options;
    this.#watch = new HealthWatch<RegionName>({
      probes: Object.fromEntries(
        (Object.entries(urls) as [RegionName, string][]).map(([name, url]) => [
          name,
          regionProbe(name, url, probing),
        ]),
      ),
      clock,
      intervalMs: options.intervalMs ?? INTERVAL_MS,
      ...(rules && { rules }),
      ...(onChange && { onChange }),
    });
  }

  /** Looks at every region ever again, until `stop`. In a Worker, whose timers end with its requests: `lookAtDue`. */
  start(): void {
    this.#watch.start();
  }

  stop(): Promise<void> {
    return this.#watch.stop();
  }

  lookAtDue(): Promise<void> {
    return this.#watch.lookAtDue();
  }

  /** Looks at one region now. */
  lookAt(region: RegionName): Promise<Health> {
    return this.#watch.lookAt(region);
  }

  /** Where a call goes, or why nowhere. */
  choose(request: CallerRequest): RegionChoice {
    return chooseRegion(this.#observed(request), this.views());
  }

  /** What every region is worth to a caller, in the caller's order. */
  assess(request: CallerRequest): Assessment[] {
    return assessRegions(this.#observed(request), this.views());
  }

  /** A request to the region failed: no call goes there until it has answered again. `why`: as `answered 502`. */
  failed(region: RegionName, why: string): void {
    this.#watch.failed(region, why);
  }

  views(): RegionView[] {
    return REGION_NAMES.map(name => ({
      name,
      url: this.#urls[name] ?? null,
      health: this.#watch.healthOf(name),
    }));
  }

  #observed(request: CallerRequest): RegionRequest {
    return { ...request, observer: this.own ? placeOfRegion(this.own) : null };
  }
}
