import { errorAnswer } from './answers.ts';
import type { HttpResponse, HttpRoute, ServerOptions, SocketRoute } from './transport.ts';

/** A path cut at its slashes; a part beginning with `:` stands for any one part that is not empty. */
export type PathPattern = readonly string[];

interface Compiled<Route> {
  pattern: PathPattern;
  route: Route;
}

// biome-ignore lint/suspicious/noExplicitAny: each route's data type is its own affair.
export type AnySocketRoute = SocketRoute<any>;

type Params = Record<string, string>;
export type HttpMatch = { route: HttpRoute; params: Params } | { answer: HttpResponse };
export type SocketMatch = { route: AnySocketRoute; params: Params };

/** Which route a request belongs to, the same under both transports. Fixed parts win over parameters. */
export class Routes {
  readonly #http: Compiled<HttpRoute>[];
  readonly #sockets: Compiled<AnySocketRoute>[];

  /** Throws when a path or a limit cannot be served, or two routes are the same. */
  constructor(options: Pick<ServerOptions, 'http' | 'sockets'>) {
    for (const route of options.sockets) checkLimits(route);
    this.#http = compile(options.http, route => route.method);
    this.#sockets = compile(options.sockets, () => 'WebSocket');
  }

  /** The route for a plain HTTP request, or the answer (404, 405, 426) where there is none. */
  http(method: string, path: string): HttpMatch {
    const allowed = new Set<string>();
    for (const { pattern, route } of this.#http) {
      const params = matchPath(pattern, path);
      if (!params) continue;
      if (route.method === method) return { route, params };
      allowed.add(route.method);
    }

    const hasSocket = this.socket(path) !== null;
    if (hasSocket && method === 'GET') return { answer: upgradeRequired() };
    if (hasSocket) allowed.add('GET');
    return { answer: allowed.size === 0 ? notFound() : methodNotAllowed([...allowed]) };
  }

  socket(path: string): SocketMatch | null {
    for (const { pattern, route } of this.#sockets) {
      const params = matchPath(pattern, path);
      if (params) return { route, params };
    }
    return null;
  }
}

/** The parameters, percent-decoded, or null when the path is another one. */
export function matchPath(pattern: PathPattern, path: string): Params | null {
  const parts = path.split('/');
  if (parts.length !== pattern.length) return null;

  const params: Params = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index]!;
    if (!expected.startsWith(':')) {
      if (part !== expected) return null;
    } else {
      if (part === '') return null;
      params[expected.slice(1)] = decode(part);
    }
  }
  return params;
}

function compile<Route extends { path: string }>(
  routes: readonly Route[],
  kind: (route: Route) => string,
): Compiled<Route>[] {
  const seen = new Set<string>();
  for (const route of routes) {
    const name = `${kind(route)} ${route.path}`;
    if (!/^\/[^*?#\s]*$/.test(route.path))
      throw new Error(`Route ${name}: a path begins with / and has no wildcard, query or space.`);

    const shape = name.replaceAll(/:[^/]*/g, ':');
    if (seen.has(shape)) throw new Error(`Route ${name} is there twice: remove one.`);
    seen.add(shape);
  }
  return routes
    .map(route => ({ pattern: route.path.split('/'), route }))
    .sort((a, b) => compareSpecificity(a.pattern, b.pattern));
}

function compareSpecificity(a: PathPattern, b: PathPattern): number {
  if (a.length !== b.length) return a.length - b.length;
  for (const [index, part] of a.entries()) {
    const difference = Number(part.startsWith(':')) - Number(b[index]!.startsWith(':'));
    if (difference !== 0) return difference;
  }
  return 0;
}

// UWebSockets ends the process on an idle timeout outside these bounds, so we refuse it first.
function checkLimits(route: AnySocketRoute): void {
  const { path, idleTimeoutS, maxPayloadBytes, maxBackpressureBytes } = route;
  if (!(Number.isInteger(idleTimeoutS) && idleTimeoutS >= 8 && idleTimeoutS <= 960))
    throw new RangeError(`Route ${path}: idleTimeoutS is ${idleTimeoutS}; use a whole number from 8 to 960.`);
  for (const [name, value] of Object.entries({ maxPayloadBytes, maxBackpressureBytes })) {
    if (!(Number.isInteger(value) && value > 0 && value < 2 ** 31))
      throw new RangeError(`Route ${path}: ${name} is ${value}; use a whole number from 1 to 2^31 - 1.`);
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function notFound(): HttpResponse {
  return errorAnswer(404, 'NOT_FOUND', 'There is nothing at this path.');
}

function methodNotAllowed(allowed: readonly string[]): HttpResponse {
  const allow = [...allowed].sort().join(', ');
  return errorAnswer(405, 'METHOD_NOT_ALLOWED', `This path answers ${allow} only.`, { allow });
}

function upgradeRequired(): HttpResponse {
  return errorAnswer(426, 'UPGRADE_REQUIRED', 'This path is a WebSocket: connect with ws:// or wss://.', {
    upgrade: 'websocket',
    'sec-websocket-version': '13',
  });
}
