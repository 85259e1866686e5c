import type {
  us_listen_socket as ListenToken,
  TemplatedApp,
  us_socket_context_t as UpgradeContext,
  HttpRequest as UwsRequest,
  HttpResponse as UwsResponse,
  WebSocketBehavior,
} from 'uWebSockets.js';
import uWS from 'uWebSockets.js';
import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  answerOf,
  bodyTooLarge,
  canonicalAddress,
  hasNoBody,
  internalError,
  reporter,
  sendable,
  statusLine,
} from './answers.ts';
import { listenErrorAt } from './listen-error.ts';
import { RequestBody } from './request-body.ts';
import { type AnySocketRoute, Routes } from './routes.ts';
import type { HttpRequest, HttpResponse, Server, ServerOptions } from './transport.ts';
import { UwsSocket, type UwsUserData } from './uws-socket.ts';
import { isWebSocketUpgrade } from './websocket-handshake.ts';

/** Without it two servers may share a port, each getting half of the calls. */
const EXCLUSIVE_PORT = 1;
const NO_BODY = Buffer.alloc(0);

/** Serves on uWebSockets.js. Throws `ListenError` when the address cannot be had. */
export async function listenUws(given: ServerOptions): Promise<Server> {
  const options = { ...given, onError: reporter(given.onError) };
  const routes = new Routes(options);
  const open = new Set<UwsSocket<unknown>>();
  const app = uWS.App();
  for (const route of options.sockets) app.ws(route.path, behavior(route, routes, open, options));
  app.any('/*', (response, request) => serve(response, request, routes, options));

  const token = await bind(app, options.host, options.port);
  const port = uWS.us_socket_local_port(token);
  let isAccepting = true;
  let closing: Promise<void> | null = null;

  function stopAccepting(): void {
    if (!isAccepting) return;
    isAccepting = false;
    uWS.us_listen_socket_close(token);
  }

  async function closeAll(): Promise<void> {
    stopAccepting();
    for (const socket of [...open]) socket.close(1001, 'Server closing');
    // Called from a handler, our last words are corked until that handler has returned.
    await nextTurn();
    app.close();
  }

  function close(): Promise<void> {
    closing ??= closeAll();
    return closing;
  }

  return { transport: 'uws', port, stopAccepting, close };
}

async function bind(app: TemplatedApp, host: string, port: number): Promise<ListenToken> {
  // The declared overloads lack this one, which the binary has: host, port, options, callback.
  const listen = app.listen.bind(app) as unknown as (
    host: string,
    port: number,
    options: number,
    done: (token: ListenToken | false) => void,
  ) => void;
  const token = await new Promise<ListenToken | false>(resolve =>
    listen(host, port, EXCLUSIVE_PORT, resolve),
  );
  if (token) return token;

  app.close();
  throw await listenErrorAt(host, port);
}

function behavior(
  route: AnySocketRoute,
  routes: Routes,
  open: Set<UwsSocket<unknown>>,
  options: ServerOptions,
): WebSocketBehavior<UwsUserData> {
  return {
    compression: uWS.DISABLED,
    idleTimeout: route.idleTimeoutS,
    maxBackpressure: route.maxBackpressureBytes,
    maxPayloadLength: route.maxPayloadBytes,
    sendPingsAutomatically: true,

    upgrade(response, request, context) {
      const asked = readRequest(response, request);
      const match = routes.socket(asked.path);
      // UWebSockets looks at the key alone before it calls this an upgrade.
      if (!match || !isWebSocketUpgrade(asked.headers)) {
        serve(response, request, routes, options);
        return;
      }
      upgrade(response, context, { ...asked, params: match.params }, match.route, options.onError);
    },
    open(ws) {
      const { socket } = ws.getUserData();
      open.add(socket);
      socket.opened(ws);
    },
    message: (ws, message, isBinary) => ws.getUserData().socket.received(message, isBinary),
    drain: ws => ws.getUserData().socket.written(),
    close(ws, code, reason) {
      const { socket } = ws.getUserData();
      open.delete(socket);
      socket.ended(code, reason);
    },
  };
}

function upgrade(
  response: UwsResponse,
  context: UpgradeContext,
  asked: HttpRequest,
  route: AnySocketRoute,
  onError: (error: unknown) => void,
): void {
  try {
    const verdict = route.authorize(asked);
    if ('refuse' in verdict) {
      write(response, asked.method, sendable(verdict.refuse));
      return;
    }
    const socket = new UwsSocket(verdict.accept, route, onError);
    const { 'sec-websocket-key': key = '', 'sec-websocket-protocol': protocols = '' } = asked.headers;
    response.upgrade<UwsUserData>({ socket }, key, protocols.split(',')[0]!.trim(), '', context);
  } catch (error) {
    onError(error);
    write(response, asked.method, internalError());
  }
}

function serve(response: UwsResponse, request: UwsRequest, routes: Routes, options: ServerOptions): void {
  const asked = readRequest(response, request);
  const match = routes.http(asked.method, asked.path);
  if ('answer' in match) {
    write(response, asked.method, match.answer);
    return;
  }

  let isOver = false;
  const finish = (answer: HttpResponse, closeConnection = false) => {
    if (isOver) return;
    isOver = true;
    response.cork(() => write(response, asked.method, answer, closeConnection));
  };
  response.onAborted(() => {
    isOver = true;
  });

  const maxBytes = match.route.maxBodyBytes ?? options.maxBodyBytes;
  const body = new RequestBody(maxBytes);
  response.onData((chunk, isLast) => {
    if (isOver) return;
    body.add(new Uint8Array(chunk));
    if (body.isTooLarge) {
      if (isLast || body.isHopeless) finish(bodyTooLarge(maxBytes), body.isHopeless);
    } else if (isLast) {
      const whole = { ...asked, params: match.params, body: body.whole() };
      void answerOf(() => match.route.handle(whole), options.onError).then(finish);
    }
  });
}

/** Copies everything: the request is gone when the callback that got it returns. */
function readRequest(response: UwsResponse, request: UwsRequest): HttpRequest {
  const headers: Record<string, string> = {};
  request.forEach((name, value) => {
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  });
  return {
    method: request.getMethod().toUpperCase(),
    path: request.getUrl(),
    params: {},
    // Undefined without a `?`, whatever its type says.
    query: request.getQuery() ?? '',
    headers,
    body: NO_BODY,
    remoteAddress: canonicalAddress(Buffer.from(response.getRemoteAddressAsText()).toString()),
  };
}

/** Must run corked, as everything does that a callback of uWebSockets.js calls directly. */
function write(response: UwsResponse, method: string, answer: HttpResponse, closeConnection = false): void {
  const body = answer.body ?? '';
  response.writeStatus(statusLine(answer.status));
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.writeHeader(name, value);

  if (method !== 'HEAD' && !hasNoBody(answer.status)) {
    response.end(body, closeConnection);
    return;
  }
  // Not `endWithoutBody(length)`: older binaries then go on waiting for an answer, and end the process.
  if (method === 'HEAD') response.writeHeader('content-length', String(Buffer.byteLength(body)));
  response.endWithoutBody();
}
