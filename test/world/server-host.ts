import type {
  HttpRequest,
  HttpRoute,
  Server,
  ServerOptions,
  Socket,
  SocketRoute,
} from '../../runtime/cloud/transport.ts';
import type { Host, Network, NetworkRequest } from './network.ts';
import type { Process } from './process.ts';
import type { WireEnd } from './wire.ts';

const PORT = 80;

/** What a server of the product is given instead of a port: its routes, reached over the simulated network. */
export function listenOn(
  network: Network,
  process: Process,
  origin: string,
): (options: ServerOptions) => Promise<Server> {
  return async options => {
    const host: Host & { accepts: boolean } = {
      process,
      accepts: true,
      async request(asked) {
        const found = routeOf(options.http, asked);
        return found ? found.route.handle(requestOf(asked, found.params)) : { status: 404 };
      },
      upgrade(asked) {
        const route = options.sockets.find(({ path }) => path === asked.path);
        if (!route) return { refuse: `there is no socket ${asked.path}` };
        const decision = route.authorize(requestOf(asked));
        if ('refuse' in decision) return { refuse: `it answers ${decision.refuse.status}` };
        return { process, open: end => join(network, route, decision.accept, end) };
      },
    };
    network.host(origin, host);
    return {
      transport: 'ws',
      port: PORT,
      stopAccepting: () => {
        host.accepts = false;
      },
      close: async () => {
        network.remove(origin, host);
        network.closeWires(process);
      },
    };
  };
}

/** The server's end of a wire, as a route knows it. */
class ServerSocket<Data> implements Socket<Data> {
  readonly data: Data;
  readonly #end: WireEnd;
  readonly #maxBufferedBytes: number;

  constructor(end: WireEnd, data: Data, maxBufferedBytes: number) {
    this.#end = end;
    this.data = data;
    this.#maxBufferedBytes = maxBufferedBytes;
  }

  get bufferedBytes(): number {
    return this.#end.bufferedBytes;
  }

  send(message: string | Uint8Array): 'sent' | 'queued' | 'dropped' {
    if (typeof message !== 'string') throw new Error('Only text is spoken here.');
    if (this.bufferedBytes > this.#maxBufferedBytes || !this.#end.send(message)) return 'dropped';
    return this.bufferedBytes > 0 ? 'queued' : 'sent';
  }

  close(code: number, reason: string): void {
    this.#end.close(code, reason);
  }
}

function join<Data>(network: Network, route: SocketRoute<Data>, data: Data, end: WireEnd): void {
  const socket = new ServerSocket(end, data, route.maxBackpressureBytes);
  end.tap = text => network.onServerSends?.(data, text);
  end.listener = {
    message: text => route.message(socket, Buffer.from(text), false),
    closed: (code, reason) => route.closed(socket, code, reason),
    drained: () => route.drained?.(socket),
  };
  route.opened?.(socket);
}

function routeOf(routes: readonly HttpRoute[], { method, path }: NetworkRequest) {
  for (const route of routes) {
    if (route.method !== method) continue;
    const params = paramsOf(route.path, path);
    if (params) return { route, params };
  }
  return null;
}

function paramsOf(pattern: string, path: string): Record<string, string> | null {
  if (pattern === path) return {};
  if (!pattern.includes(':')) return null;
  const wanted = pattern.split('/');
  const parts = path.split('/');
  if (wanted.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(parts[at] as string);
    else if (part !== parts[at]) return null;
  }
  return params;
}

export function requestOf(asked: NetworkRequest, params: Record<string, string> = {}): HttpRequest {
  const { method, path, query = '', headers = {}, body = '' } = asked;
  return { method, path, params, query, headers, body: Buffer.from(body), remoteAddress: '127.0.0.1' };
}
