/** Something that keeps sounds from callers, while it lasts. */
export interface Outage {
  /** It is over for a caller whose stream is another's: what lies between that caller and the agent is not the same any more. */
  readonly isOfStream: boolean;
}

export interface SilenceGaugeOptions {
  limitMs: number;
  /** Until when machines are in trouble, or have just been. */
  troubleUntilMs(): number;
  broken(what: string): void;
}

/** So long after a trouble is over, what it delayed may still be under way: requests that nobody answered, looks at health. */
export const AFTERMATH_MS = 5_000;

/**
 * How long the caller hears nothing while the agent has the floor: from the moment it took it, or from the end of the last
 * sound, to the next sound or until it gives the floor up. A call that is on its way from one machine to another must arrive
 * within that time too, unless machines are in trouble; then the agent has the time anew from its arrival.
 */
export class SilenceGauge {
  readonly #options: SilenceGaugeOptions;
  readonly #outages = new Set<Outage>();
  #sinceMs: number | null = null;
  #soundUntilMs = 0;
  #hasStream = false;
  /** When it was let go; null while somebody has it. */
  #onItsWaySinceMs: number | null = null;
  #outageUntilMs = Number.NEGATIVE_INFINITY;
  longestMs = 0;

  constructor(options: SilenceGaugeOptions) {
    this.#options = options;
  }

  agentTakesFloor(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  agentGivesFloorUp(nowMs: number): void {
    this.#measure(nowMs, 'until the agent gave the floor up');
    this.#sinceMs = null;
  }

  streamIs(isUp: boolean, nowMs: number): void {
    this.#hasStream = isUp;
    for (const outage of this.#outages) if (outage.isOfStream) this.#outages.delete(outage);
    this.#changed(nowMs);
  }

  outageBegins(outage: Outage, nowMs: number): void {
    this.#outages.add(outage);
    this.#changed(nowMs);
  }

  outageEnds(outage: Outage, nowMs: number): void {
    if (!this.#outages.delete(outage)) return;
    this.#outageUntilMs = nowMs;
    this.#changed(nowMs);
  }

  /** Whoever had the floor is gone: this is no silence of an agent's any more. */
  lost(): void {
    this.#sinceMs = null;
  }

  /** Whoever had the call has let it go, for another to go on with it. */
  released(nowMs: number): void {
    this.#onItsWaySinceMs = nowMs;
  }

  /** Somebody has the call. */
  arrived(nowMs: number): void {
    if (this.#isHeldUp && this.#sinceMs !== null) this.#sinceMs = nowMs;
    this.#onItsWaySinceMs = null;
  }

  sound(nowMs: number, untilMs: number): void {
    this.#measure(nowMs, 'before the next sound');
    this.#soundUntilMs = untilMs;
  }

  /** What was still to be heard will not be. */
  silenced(nowMs: number): void {
    this.#soundUntilMs = Math.min(this.#soundUntilMs, nowMs);
  }

  get #isUp(): boolean {
    return this.#hasStream && this.#outages.size === 0;
  }

  /** It is on its way, and something is wrong with machines, or with what lies between them and this caller. */
  get #isHeldUp(): boolean {
    if (this.#onItsWaySinceMs === null) return false;
    const troubleUntilMs = Math.max(this.#options.troubleUntilMs(), this.#outageUntilMs + AFTERMATH_MS);
    return troubleUntilMs >= this.#onItsWaySinceMs;
  }

  #changed(nowMs: number): void {
    if (!this.#isUp) this.#soundUntilMs = Math.min(this.#soundUntilMs, nowMs);
    else if (this.#sinceMs !== null) this.#sinceMs = nowMs;
  }

  #measure(nowMs: number, how: string): void {
    if (this.#sinceMs === null || !this.#isUp || this.#isHeldUp) return;
    const fromMs = Math.max(this.#sinceMs, this.#soundUntilMs);
    const gapMs = nowMs - fromMs;
    if (gapMs <= this.longestMs) return;
    this.longestMs = gapMs;
    if (gapMs > this.#options.limitMs)
      this.#options.broken(`${Math.round(gapMs)} ms of silence ${how} while the agent had the floor`);
  }
}
