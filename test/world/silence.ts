/**
 * How long the caller hears nothing while the agent has the floor: from the moment it took it, or from the end of the last
 * sound, to the next sound or until it gives the floor up.
 */
export class SilenceGauge {
  readonly #limitMs: number;
  readonly #broken: (what: string) => void;
  #sinceMs: number | null = null;
  #soundUntilMs = 0;
  #hasStream = false;
  /** What keeps sounds from the caller: several may at once. */
  #outages = 0;
  longestMs = 0;

  constructor(limitMs: number, broken: (what: string) => void) {
    this.#limitMs = limitMs;
    this.#broken = broken;
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
    this.#outages = 0;
    this.#changed(nowMs);
  }

  /** Nothing passes any more, and then it does again. */
  networkIs(isUp: boolean, nowMs: number): void {
    this.#outages = Math.max(0, this.#outages + (isUp ? -1 : 1));
    this.#changed(nowMs);
  }

  /** Whoever had the floor is gone: this is no silence of an agent's any more. */
  lost(): void {
    this.#sinceMs = null;
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
    return this.#hasStream && this.#outages === 0;
  }

  #changed(nowMs: number): void {
    if (!this.#isUp) this.#soundUntilMs = Math.min(this.#soundUntilMs, nowMs);
    else if (this.#sinceMs !== null) this.#sinceMs = nowMs;
  }

  #measure(nowMs: number, how: string): void {
    if (this.#sinceMs === null || !this.#isUp) return;
    const fromMs = Math.max(this.#sinceMs, this.#soundUntilMs);
    const gapMs = nowMs - fromMs;
    if (gapMs <= this.longestMs) return;
    this.longestMs = gapMs;
    if (gapMs > this.#limitMs)
      this.#broken(`${Math.round(gapMs)} ms of silence ${how} while the agent had the floor`);
  }
}
