import type { Clock, TimerHandle } from '../clock.ts';

/** How often waiting audio is looked at. */
const TICK_MS = 5;

export interface Paced {
  /** Sends what is due. Returns whether it wants to be asked again. */
  pump(nowMs: number): boolean;
}

/** One timer for the outgoing audio of all calls; it rests when nobody speaks. */
export class Pacer {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #active = new Set<Paced>();
  #timer: TimerHandle | null = null;
  #nextMs = 0;

  constructor(clock: Clock, tickMs = TICK_MS) {
    this.#clock = clock;
    this.#tickMs = tickMs;
  }

  add(paced: Paced): void {
    this.#active.add(paced);
    if (this.#timer !== null) return;
    this.#nextMs = this.#clock.now() + this.#tickMs;
    this.#timer = this.#clock.setTimeout(this.#tick, this.#tickMs);
  }

  remove(paced: Paced): void {
    this.#active.delete(paced);
  }

  stop(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#active.clear();
  }

  readonly #tick = () => {
    const nowMs = this.#clock.now();
    for (const paced of this.#active) if (!paced.pump(nowMs)) this.#active.delete(paced);

    if (this.#active.size === 0) {
      this.#timer = null;
      return;
    }
    // Aim at absolute times, so that a late tick does not make all later ones late.
    this.#nextMs = Math.max(this.#nextMs + this.#tickMs, nowMs + 1);
    this.#timer = this.#clock.setTimeout(this.#tick, this.#nextMs - nowMs);
  };
}
