import { createServer, type IncomingMessage, type Server as NodeServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

import { backgroundClock, type Clock } from '../clock.ts';
import { internalError, reporter, sendable } from './answers.ts';
import { ListenError } from './listen-error.ts';
import { pathOf, readRequest, refuse, serve, serveDespiteUpgrade } from './node-http.ts';
import { Routes, type SocketMatch } from './routes.ts';
import type { Server, ServerOptions } from './transport.ts';
import { isWebSocketUpgrade } from './websocket-handshake.ts';
import { WsSocket, type WsSocketOwner } from './ws-socket.ts';

/** As long as uWebSockets.js waits for the next request on a connection, or for the next piece of one. */
const HTTP_IDLE_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** How long closing waits for peers to take our last words. */
const CLOSE_GRACE_MS = 1_000;

/** Serves on node:http and `ws`. Throws `ListenError` when the address cannot be had. */
export async function listenWs(given: ServerOptions, clock: Clock = backgroundClock): Promise<Server> {
  const options = { ...given, onError: reporter(given.onError) };
  const routes = new Routes(options);
  const open = new Set<WsSocket<unknown>>();
  const connections = new Set<Duplex>();
  const server = createServer({
    noDelay: true,
    keepAliveTimeout: HTTP_IDLE_TIMEOUT_MS,
    headersTimeout: HTTP_IDLE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  });

  const upgrade = upgrader(options, {
    clock,
    onError: options.onError,
    onOpened: socket => open.add(socket),
    onClosed: socket => open.delete(socket),
  });
  server.on('connection', connection => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  server.on('request', (request, response) => serve(request, response, routes, options));
  server.on('upgrade', (request, connection, head) => {
    // Node:http has let go of the connection: unheard, its error would end the process.
    connection.on('error', () => connection.destroy());
    const match = request.method === 'GET' ? routes.socket(pathOf(request)) : null;
    if (match && isWebSocketUpgrade(request.headers)) upgrade(match, request, connection, head);
    else serveDespiteUpgrade(request, connection, routes, options);
  });

  await bind(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | null = null;
  const freed = new Promise<void>(resolve => server.once('close', resolve));

  function stopAccepting(): void {
    if (server.listening) server.close();
  }

  async function closeAll(): Promise<void> {
    stopAccepting();
    for (const socket of [...open]) socket.close(1001, 'Server closing');
    // Called from a handler, its own answer still goes out.
    await nextTurn();
    server.closeAllConnections();
    const cut = clock.setTimeout(() => {
      for (const connection of connections) connection.destroy();
    }, CLOSE_GRACE_MS);
    await freed;
    clock.clearTimeout(cut);
  }

  function close(): Promise<void> {
    closing ??= closeAll();
    return closing;
  }

  return { transport: 'ws', port, stopAccepting, close };
}

async function bind(server: NodeServer, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(new ListenError(host, port, error));
    server.once('error', fail);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

interface UpgradeOwner extends WsSocketOwner {
  onOpened(socket: WsSocket<unknown>): void;
}

function upgrader(options: ServerOptions, owner: UpgradeOwner) {
  const acceptors = new Map(
    options.sockets.map(route => [
      route,
      new WebSocketServer({
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: route.maxPayloadBytes,
      }),
    ]),
  );

  function upgrade(match: SocketMatch, request: IncomingMessage, connection: Duplex, head: Buffer): void {
    const { route, params } = match;
    try {
      const verdict = route.authorize({ ...readRequest(request), params });
      if ('refuse' in verdict) {
        refuse(request, connection, sendable(verdict.refuse));
        return;
      }
      acceptors.get(route)!.handleUpgrade(request, connection, head, ws => {
        const socket = new WsSocket(verdict.accept, ws, connection, route, owner);
        owner.onOpened(socket);
        socket.opened();
      });
    } catch (error) {
      owner.onError(error);
      refuse(request, connection, internalError());
    }
  }

  return upgrade;
}
