import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';

/** Longer than most pauses between two turns, so that a turn seldom pays for a new connection. */
const IDLE_MS = 90_000;

export interface KeptConnections {
  fetch: typeof fetch;
  /** Ends every connection, those in use included. */
  close(): void;
}

/**
 * `fetch` for the SDK over connections of our own. Node's own `fetch` lets an idle connection go after 4 s, and a turn of a
 * call after that would open a new one. Redirects are not followed.
 */
export function keepConnections(): KeptConnections {
  const options = { keepAlive: true, timeout: IDLE_MS };
  const agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };

  function agentOf(url: URL) {
    const agent = agents[url.protocol as keyof typeof agents];
    if (!agent) throw new TypeError(`${url.protocol} is neither http: nor https:.`);
    return agent;
  }

  async function fetchKept(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    try {
      return await send(url, init, agentOf(url));
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
      // The server had closed the idle connection while the request was on its way.
      return send(url, init, agentOf(url));
    }
  }

  return {
    fetch: fetchKept,
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

class StaleConnectionError extends Error {
  readonly code = 'ECONNRESET';
}

function send(url: URL, init: RequestInit, agent: http.Agent): Promise<Response> {
  const { promise, resolve, reject } = withResolvers<Response>();
  const signal = init.signal ?? undefined;
  const request = (url.protocol === 'https:' ? https : http).request(url, {
    agent,
    method: init.method ?? 'GET',
    headers: Object.fromEntries(new Headers(init.headers)),
    ...(signal && { signal }),
  });

  request.on('response', message => resolve(toResponse(message)));
  request.on('error', (error: NodeJS.ErrnoException) => {
    const stale = request.reusedSocket && error.code === 'ECONNRESET' && !signal?.aborted;
    reject(stale ? new StaleConnectionError('The idle connection was gone.') : error);
  });
  request.end(init.body ?? undefined);
  return promise;
}

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct))
    for (const value of values ?? []) headers.append(name, value);

  const status = message.statusCode ?? 502;
  const hasBody = status !== 204 && status !== 205 && status !== 304;
  if (!hasBody) message.resume();
  return new Response(hasBody ? (Readable.toWeb(message) as ReadableStream) : null, { status, headers });
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
