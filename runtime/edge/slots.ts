/** How full a place of the edge is, itself included. */
export interface SlotCount {
  used: number;
  slots: number;
}

/** A lease that is not renewed by then belonged to an object that is gone. */
export const LEASE_MS = 90_000;

/**
 * How many calls one place of the edge works on. Each call leases a slot and renews it while it lasts; what is not renewed runs out. Plain
 * data in and out, so that it can be kept: call ids with the time their leases end, milliseconds since the Unix epoch.
 */
export class Slots {
  readonly #slots: number;
  readonly #leases: Map<string, number>;

  constructor(slots: number, leases: Readonly<Record<string, number>> = {}) {
    this.#slots = slots;
    this.#leases = new Map(Object.entries(leases));
  }

  /** The call has a slot from now on, even beyond the number of slots: it is there already. */
  hold(callSid: string, nowMs: number): SlotCount {
    this.#leases.set(callSid, nowMs + LEASE_MS);
    return this.count(nowMs);
  }

  free(callSid: string, nowMs: number): SlotCount {
    this.#leases.delete(callSid);
    return this.count(nowMs);
  }

  count(nowMs: number): SlotCount {
    for (const [callSid, untilMs] of this.#leases) if (untilMs <= nowMs) this.#leases.delete(callSid);
    return { used: this.#leases.size, slots: this.#slots };
  }

  /** When the next lease runs out; null when there is none. */
  get nextEndMs(): number | null {
    return this.#leases.size > 0 ? Math.min(...this.#leases.values()) : null;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#leases);
  }
}
