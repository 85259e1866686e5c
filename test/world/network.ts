import type { SimulatedClock, TimerHandle } from '../../runtime/clock.ts';
import type {
  HttpRequest,
  HttpResponse,
  HttpRoute,
  Server,
  ServerOptions,
  Socket,
  SocketRoute,
} from '../../runtime/cloud/transport.ts';
import type { Chance } from './chance.ts';
import type { Process } from './process.ts';
import { type Weather, Wire, type WireEnd, type WireListener } from './wire.ts';

interface Listening {
  process: Process;
  http: readonly HttpRoute[];
  // biome-ignore lint/suspicious/noExplicitAny: each route's data type is its own affair.
  sockets: readonly SocketRoute<any>[];
  accepts: boolean;
}

export interface NetworkRequest {
  method: HttpRequest['method'];
  path: string;
  query?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A request to a machine that does not answer is given up after so long. */
const NO_ANSWER_MS = 5_000;
const PORT = 80;

/** Every machine's way to every other: HTTP and WebSockets without bytes, with latency, and with what befalls lines. */
export class Network {
  readonly #clock: SimulatedClock;
  readonly #chance: Chance;
  readonly #hosts = new Map<string, Listening>();
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

  /** What a server is given instead of a port. */
  listener(process: Process, origin: string): (options: ServerOptions) => Promise<Server> {
    return async options => {
      const listening: Listening = { process, http: options.http, sockets: options.sockets, accepts: true };
      this.#hosts.set(origin, listening);
      return {
        transport: 'ws',
        port: PORT,
        stopAccepting: () => {
          listening.accepts = false;
        },
        close: async () => {
          if (this.#hosts.get(origin) === listening) this.#hosts.delete(origin);
          for (const end of this.#wires.get(process) ?? []) end.close(1001, 'the server closes');
        },
      };
    };
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

  latencyMs(usualMs: number): number {
    return this.#chance.latency(usualMs) * this.slowness;
  }

  /** A process is gone; with its machine, nobody says so. */
  died(process: Process, withMachine: boolean): void {
    for (const end of this.#wires.get(process) ?? []) end.died(withMachine);
    this.#wires.delete(process);
    for (const [origin, listening] of this.#hosts)
      if (listening.process === process) this.#hosts.delete(origin);
  }

  /** How many wires have an end at the process. */
  wiresOf(process: Process): number {
    return [...(this.#wires.get(process) ?? [])].filter(end => end.isOpen).length;
  }

  isListening(origin: string): boolean {
    return this.#hosts.has(origin);
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
      const back = (tell: () => void) => {
        const host = this.#hosts.get(origin);
        if (host && this.isCut(from.name, host.process.name)) return;
        this.#clock.setTimeout(() => end(tell), this.latencyMs(usualMs));
      };
      this.#clock.setTimeout(() => {
        const host = this.#hosts.get(origin);
        if (!host?.accepts) back(() => reject(new Error(`${origin} refuses connections`)));
        else if (!this.isCut(from.name, host.process.name))
          host.process.receive(() => {
            serve(host, asked).then(
              response => back(() => resolve(response)),
              error => back(() => reject(error)),
            );
          });
      }, this.latencyMs(usualMs));
    });
  }

  /** Rejects when the upgrade is refused, or nobody is there. */
  connect(
    from: Process,
    origin: string,
    asked: { path: string; headers?: Record<string, string> },
    listener: WireListener,
    usualMs: number,
  ): Promise<WireEnd> {
    return new Promise((resolve, reject) => {
      const refuse = (why: string) =>
        this.#clock.setTimeout(() => from.receive(() => reject(new Error(why))), this.latencyMs(usualMs));
      this.#clock.setTimeout(() => {
        const host = this.#hosts.get(origin);
        if (!host?.accepts) return void refuse(`${origin} refuses connections`);
        if (this.isCut(from.name, host.process.name))
          return void this.#clock.setTimeout(
            () => from.receive(() => reject(new Error(`${origin} does not answer`))),
            NO_ANSWER_MS,
          );
        host.process.receive(() => {
          const route = host.sockets.find(({ path }) => path === asked.path);
          if (!route) return void refuse(`${origin} has no socket ${asked.path}`);
          const decision = route.authorize(requestOf({ method: 'GET', ...asked }));
          if ('refuse' in decision)
            return void refuse(`${origin} refuses the upgrade: ${decision.refuse.status}`);
          const [near, far] = this.#wire(from, host.process, usualMs).ends;
          near.listener = listener;
          const socket = new ServerSocket(far, decision.accept, route.maxBackpressureBytes);
          far.tap = text => this.onServerSends?.(socket.data, text);
          far.listener = {
            message: text => route.message(socket, Buffer.from(text), false),
            closed: (code, reason) => route.closed(socket, code, reason),
            drained: () => route.drained?.(socket),
          };
          route.opened?.(socket);
          this.#clock.setTimeout(() => from.receive(() => resolve(near)), this.latencyMs(usualMs));
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
      for (const old of ends) if (!old.isOpen) ends.delete(old);
      this.#wires.set(end.process, ends.add(end));
    }
    return wire;
  }
}

/** The server's end of a wire, as a route knows it. */
export class ServerSocket<Data> implements Socket<Data> {
  readonly data: Data;
  readonly end: WireEnd;
  readonly #maxBufferedBytes: number;

  constructor(end: WireEnd, data: Data, maxBufferedBytes: number) {
    this.end = end;
    this.data = data;
    this.#maxBufferedBytes = maxBufferedBytes;
  }

  get bufferedBytes(): number {
    return this.end.bufferedBytes;
  }

  send(message: string | Uint8Array): 'sent' | 'queued' | 'dropped' {
    if (typeof message !== 'string') throw new Error('Only text is spoken here.');
    if (this.bufferedBytes > this.#maxBufferedBytes || !this.end.send(message)) return 'dropped';
    return this.bufferedBytes > 0 ? 'queued' : 'sent';
  }

  close(code: number, reason: string): void {
    this.end.close(code, reason);
  }
}

async function serve({ http }: Listening, asked: NetworkRequest): Promise<HttpResponse> {
  const route = http.find(({ method, path }) => method === asked.method && path === asked.path);
  return route ? route.handle(requestOf(asked)) : { status: 404 };
}

function requestOf({ method, path, query = '', headers = {}, body = '' }: NetworkRequest): HttpRequest {
  return { method, path, params: {}, query, headers, body: Buffer.from(body), remoteAddress: '127.0.0.1' };
}
