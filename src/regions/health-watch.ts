import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import {
  afterFailedRequest,
  afterFailure,
  afterSuccess,
  type Health,
  type HealthRules,
  healthAt,
  healthRules,
  unknownHealth,
} from './health.ts';
import type { Probe } from './probe.ts';

export interface HealthWatchOptions<Name extends string> {
  /** Whatever has no probe is known by the requests that fail alone. */
  probes: Readonly<Partial<Record<Name, Probe>>>;
  clock: Clock;
  /** From the beginning of one look to that of the next. */
  intervalMs: number;
  rules?: HealthRules;
  /** Hears of every change of a status. */
  onChange?(name: Name, health: Health, before: Health): void;
}

/**
 * Knows how healthy each of several is: by looking at each once in an interval, while it is started, and by what its owner
 * tells. Where no timer may outlive a request, as in a Worker, `lookAtDue` does in its place.
 */
export class HealthWatch<Name extends string> {
  readonly #options: HealthWatchOptions<Name>;
  readonly #rules: HealthRules;
  readonly #known = new Map<Name, Health>();
  readonly #looks = new Map<Name, { atMs: number; done: Promise<Health> }>();
  readonly #timers = new Map<Name, TimerHandle>();
  #started = false;

  constructor(options: HealthWatchOptions<Name>) {
    this.#options = options;
    this.#rules = options.rules ?? healthRules;
  }

  /** What may be made now of what was seen. */
  healthOf(name: Name): Health {
    const nowMs = this.#options.clock.now();
    const known = this.#known.get(name);
    return known ? healthAt(known, nowMs, this.#rules) : unknownHealth(nowMs);
  }

  /** Looks at each, at once and ever again. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const name of this.#watched) this.#repeat(name);
  }

  /** Resolves when the last looks are over. */
  async stop(): Promise<void> {
    this.#started = false;
    for (const timer of this.#timers.values()) this.#options.clock.clearTimeout(timer);
    this.#timers.clear();
    await Promise.all([...this.#looks.values()].map(({ done }) => done));
  }

  /** Looks now; those who ask while a look is under way share it. */
  async lookAt(name: Name): Promise<Health> {
    const probe = this.#options.probes[name];
    if (!probe) return this.healthOf(name);
    const under = this.#looks.get(name);
    if (under) return under.done;

    const done = probe().then(look => {
      this.#looks.delete(name);
      const nowMs = this.#options.clock.now();
      const before = this.healthOf(name);
      const after =
        'failure' in look
          ? afterFailure(before, look.failure, nowMs, this.#rules)
          : afterSuccess(before, look, nowMs, this.#rules);
      return this.#learn(name, after, before);
    });
    this.#looks.set(name, { atMs: this.#options.clock.now(), done });
    return done;
  }

  /** Looks at those that nobody has looked at for an interval. */
  async lookAtDue(): Promise<void> {
    const dueMs = this.#options.clock.now() - this.#options.intervalMs;
    const due = this.#watched.filter(name => (this.#known.get(name)?.lastSeenMs ?? -Infinity) <= dueMs);
    await Promise.all(due.map(name => this.lookAt(name)));
  }

  /** A request to it failed: it is out at once. `why`: as `answered 502`. */
  failed(name: Name, why: string): void {
    const before = this.healthOf(name);
    this.#learn(name, afterFailedRequest(before, why, this.#options.clock.now()), before);
  }

  get #watched(): Name[] {
    return Object.keys(this.#options.probes) as Name[];
  }

  #repeat(name: Name): void {
    const { clock, intervalMs } = this.#options;
    const startedMs = clock.now();
    void this.lookAt(name).then(() => {
      if (!this.#started) return;
      const restMs = Math.max(0, startedMs + intervalMs - clock.now());
      this.#timers.set(
        name,
        clock.setTimeout(() => this.#repeat(name), restMs),
      );
    });
  }

  #learn(name: Name, after: Health, before: Health): Health {
    this.#known.set(name, after);
    if (after.status !== before.status) this.#options.onChange?.(name, after, before);
    return after;
  }
}
