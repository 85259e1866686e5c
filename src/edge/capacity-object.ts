import type { DurableObjectNamespace, DurableObjectState } from '@cloudflare/workers-types';
import { systemClock } from '../../runtime/clock.ts';
import { type SlotCount, Slots } from '../../runtime/edge/slots.ts';
import { readEdgeConfig } from './settings.ts';

const LEASES = 'leases';

/** The calls of one place of the edge, counted: a Durable Object for each of Cloudflare's data centres. */
export class CapacityObject {
  readonly #state: DurableObjectState;
  readonly #slots: Promise<Slots>;

  constructor(state: DurableObjectState, env: Readonly<Record<string, unknown>>) {
    this.#state = state;
    this.#slots = state.storage
      .get<Record<string, number>>(LEASES)
      .then(leases => new Slots(readEdgeConfig(env).slots, leases));
  }

  async fetch(request: Request): Promise<Response> {
    const slots = await this.#slots;
    const { pathname, searchParams } = new URL(request.url);
    const callSid = searchParams.get('call') ?? '';
    const nowMs = systemClock.wallTime();
    if (pathname === '/hold') slots.hold(callSid, nowMs);
    if (pathname === '/free') slots.free(callSid, nowMs);
    if (pathname !== '/count') await this.#keep(slots);
    return Response.json(slots.count(nowMs) satisfies SlotCount);
  }

  /** Leases have run out. */
  async alarm(): Promise<void> {
    const slots = await this.#slots;
    slots.count(systemClock.wallTime());
    await this.#keep(slots);
  }

  async #keep(slots: Slots): Promise<void> {
    const { storage } = this.#state;
    await storage.put(LEASES, slots.toJSON());
    const nextMs = slots.nextEndMs;
    if (nextMs === null) await storage.deleteAlarm();
    else await storage.setAlarm(nextMs);
  }
}

/** The leases of one place, from elsewhere. */
export class Capacity {
  readonly #place: string;
  readonly #objects: DurableObjectNamespace;
  /** As it was told last. */
  latest: SlotCount;

  /** `place`: Cloudflare's name of the data centre, as `LHR`. */
  constructor(objects: DurableObjectNamespace, place: string, slots: number) {
    this.#objects = objects;
    this.#place = place;
    this.latest = { used: 0, slots };
  }

  hold(callSid: string): Promise<SlotCount> {
    return this.#ask(`/hold?call=${callSid}`);
  }

  free(callSid: string): Promise<SlotCount> {
    return this.#ask(`/free?call=${callSid}`);
  }

  count(): Promise<SlotCount> {
    return this.#ask('/count');
  }

  async #ask(path: string): Promise<SlotCount> {
    const object = this.#objects.get(this.#objects.idFromName(this.#place));
    const answer = await object.fetch(`https://capacity${path}`);
    this.latest = (await answer.json()) as SlotCount;
    return this.latest;
  }
}
