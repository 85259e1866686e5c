import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

import type { Server, ServerOptions, Socket, SocketRoute } from '../../../runtime/cloud/transport.ts';
import { listenUws } from '../../../runtime/cloud/uws.ts';
import { listenWs } from '../../../runtime/cloud/ws.ts';

export const TRANSPORTS = [
  { transport: 'uws', listenOn: (options: ServerOptions) => listenUws(options) },
  { transport: 'ws', listenOn: (options: ServerOptions) => listenWs(options) },
] as const;

const unexpectedErrors: unknown[] = [];

export interface Talk {
  name: string;
}

/** A socket route that echoes, and notes all that happened to it. */
export function echoRoute(changes: Partial<SocketRoute<Talk>> = {}) {
  const sockets: Socket<Talk>[] = [];
  const closed: [code: number, reason: string][] = [];
  const route: SocketRoute<Talk> = {
    path: '/echo/:name',
    maxPayloadBytes: 64 * 1024,
    maxBackpressureBytes: 256 * 1024,
    idleTimeoutS: 60,
    authorize: request => ({ accept: { name: request.params.name ?? '' } }),
    opened: socket => sockets.push(socket),
    message: (socket, message, isBinary) => socket.send(`${isBinary ? 'binary' : 'text'}:${message}`),
    closed: (_socket, code, reason) => closed.push([code, reason]),
    ...changes,
  };
  return { route, sockets, closed };
}

export function serverOptions(changes: Partial<ServerOptions> = {}): ServerOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 1024,
    http: [{ method: 'GET', path: '/health', handle: () => ({ status: 200, body: 'ok' }) }],
    sockets: [],
    onError: error => unexpectedErrors.push(error),
    ...changes,
  };
}

/** The server is closed when the test is over. An error that no test asked for fails it. */
export function owned(server: Server): Server {
  onTestFinished(async () => {
    await server.close();
    expect(unexpectedErrors.splice(0)).toEqual([]);
  });
  return server;
}

/** A WebSocket client that keeps what it was told until it is asked for. */
export class Client {
  readonly ws: WebSocket;
  readonly #inbox: string[] = [];
  readonly #waiting: ((text: string) => void)[] = [];
  readonly closing: Promise<{ code: number; reason: string }>;

  constructor(server: Server, path: string, options: ClientOptions = {}, protocols: string[] = []) {
    this.ws = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocols, options);
    this.ws.on('error', () => {});
    this.ws.on('message', (data: Buffer) => this.#arrived(data.toString()));
    this.closing = new Promise(resolve => {
      this.ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    onTestFinished(() => this.ws.terminate());
  }

  static async open(...connection: ConstructorParameters<typeof Client>): Promise<Client> {
    const client = new Client(...connection);
    await once(client.ws, 'open');
    return client;
  }

  /** The refusal's status, headers and body. */
  static async refused(...connection: ConstructorParameters<typeof Client>) {
    const client = new Client(...connection);
    const [, response] = await once(client.ws, 'unexpected-response');
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode as number, headers: response.headers, body };
  }

  next(): Promise<string> {
    const text = this.#inbox.shift();
    return text === undefined ? new Promise(resolve => this.#waiting.push(resolve)) : Promise.resolve(text);
  }

  ask(message: string | Buffer): Promise<string> {
    this.ws.send(message);
    return this.next();
  }

  #arrived(text: string): void {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(text);
    else this.#inbox.push(text);
  }
}

/** A promise and the function that fulfils it. */
export function promised<Value = void>() {
  let fulfil: (value: Value) => void = () => {};
  const promise = new Promise<Value>(resolve => {
    fulfil = resolve;
  });
  return { promise, fulfil };
}
