import type { SimulatedClock, TimerHandle } from '../../runtime/clock.ts';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import type { Chance } from './chance.ts';
import type { Process } from './process.ts';
import { type Weather, Wire, type WireEnd, type WireListener } from './wire.ts';

export interface NetworkRequest {
  method: HttpRequest['method'];
  path: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Whoever can be asked at an origin. */
export interface Host {
  readonly process: Process;
  readonly accepts: boolean;
  request(asked: NetworkRequest): Promise<HttpResponse>;
  /** `process` is where the socket ends. */
  upgrade(asked: NetworkRequest): { refuse: string } | { process: Process; open(end: WireEnd): void };
}

/** A request to a machine that does not answer is given up after so long. */
const NO_ANSWER_MS = 5_000;

/** Every machine's way to every other: HTTP and WebSockets without bytes, with latency, and with what befalls lines. */
export class Network {
  readonly #clock: SimulatedClock;
  readonly #chance: Chance;
  readonly #hosts = new Map<string, Host>();
  readonly #wires = new Map<Process, Set<WireEnd>>();
  readonly #cuts = new Map<string, number>();
  /** How much slower everything is at the moment. */
  slowness = 1;
  /** Sees all that servers send, with what the socket belongs to. */
  onServerSends: ((data: unknown, text: string) => void) | null = null;

  constructor(clock: SimulatedClock, chance: Chance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  host(origin: string, host: Host): void {
    this.#hosts.set(origin, host);
  }

  remove(origin: string, host: Host): void {
    if (this.#hosts.get(origin) === host) this.#hosts.delete(origin);
  }

  /** Nothing passes between the two for a time. */
  cut(one: string, other: string, forMs: number): void {
    const untilMs = this.#clock.now() + forMs;
    for (const pair of [`${one} ${other}`, `${other} ${one}`])
      this.#cuts.set(pair, Math.max(untilMs, this.#cuts.get(pair) ?? 0));
  }

  isCut(one: string, other: string): boolean {
    return (this.#cuts.get(`${one} ${other}`) ?? 0) > this.#clock.now();
  }

  /** Nothing is cut or slow any more. */
  heal(): void {
    this.#cuts.clear();
    this.slowness = 1;
  }

  latencyMs(usualMs: number): number {
    return this.#chance.latency(usualMs) * this.slowness;
  }

  /** A process is gone; with its machine, nobody says so. */
  died(process: Process, withMachine: boolean): void {
    for (const end of this.#wires.get(process) ?? []) end.died(withMachine);
    this.#wires.delete(process);
    for (const [origin, host] of this.#hosts) if (host.process === process) this.#hosts.delete(origin);
  }

  closeWires(process: Process): void {
    for (const end of this.#wires.get(process) ?? []) end.close(1001, 'the server closes');
  }

  /** Rejects when nobody is there, when the answer does not come in time, or when whoever was asked has died. */
  request(from: Process, origin: string, asked: NetworkRequest, usualMs: number): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      let limit: TimerHandle = this.#clock.setTimeout(
        () => end(() => reject(new Error(`${origin} does not answer`))),
        NO_ANSWER_MS,
      );
      const end = (tell: () => void) => {
        if (limit === null) return;
        this.#clock.clearTimeout(limit);
        limit = null;
        from.receive(tell);
      };
      const back = (host: Host | undefined, tell: () => void) => {
        if (host && this.isCut(from.name, host.process.name)) return;
        this.#clock.setTimeout(() => end(tell), this.latencyMs(usualMs));
      };
      this.#clock.setTimeout(() => {
        const host = this.#hosts.get(origin);
        if (!host?.accepts) back(host, () => reject(new Error(`${origin} refuses connections`)));
        else if (!this.isCut(from.name, host.process.name))
          host.process.receive(() => {
            host.request(asked).then(
              response => back(host, () => resolve(response)),
              error => back(host, () => reject(error)),
            );
          });
      }, this.latencyMs(usualMs));
    });
  }

  /** Rejects when the upgrade is refused, or nobody is there. */
  connect(
    from: Process,
    origin: string,
    asked: Pick<NetworkRequest, 'path' | 'headers'>,
    listener: WireListener,
    usualMs: number,
  ): Promise<WireEnd> {
    return new Promise((resolve, reject) => {
      const after = (ms: number, tell: () => void) =>
        void this.#clock.setTimeout(() => from.receive(tell), ms);
      const refuse = (why: string) =>
        after(this.latencyMs(usualMs), () => reject(new Error(`${origin}: ${why}`)));
      this.#clock.setTimeout(() => {
        const host = this.#hosts.get(origin);
        if (!host?.accepts) return refuse('it refuses connections');
        if (this.isCut(from.name, host.process.name))
          return after(NO_ANSWER_MS, () => reject(new Error(`${origin} does not answer`)));
        host.process.receive(() => {
          const decision = host.upgrade({ method: 'GET', ...asked });
          if ('refuse' in decision) return refuse(decision.refuse);
          const [near, far] = this.#wire(from, decision.process, usualMs).ends;
          near.listener = listener;
          decision.open(far);
          after(this.latencyMs(usualMs), () => resolve(near));
        });
      }, this.latencyMs(usualMs));
    });
  }

  #wire(near: Process, far: Process, usualMs: number): Wire {
    const weather: Weather = {
      latencyMs: () => this.latencyMs(usualMs),
      isCut: () => this.isCut(near.name, far.name),
    };
    const wire = new Wire(this.#clock, weather, near, far);
    for (const end of wire.ends) {
      const ends = this.#wires.get(end.process) ?? new Set();
      for (const old of ends) if (old.isDone) ends.delete(old);
      this.#wires.set(end.process, ends.add(end));
    }
    return wire;
  }
}
