import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../../runtime/clock.ts';
import {
  type Fault,
  listenOnLoopback,
  type RecordedRequest,
  readBody,
  takeFault,
  withoutSecrets,
} from '../emulator.ts';
import type { SpeechEmulator } from './emulator.ts';

/** An answer in place of what was asked for. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A request that has been let in, and the fault that strikes it. */
export interface Admitted {
  recorded: RecordedRequest;
  fault: Fault | null;
}

export interface SpeechService {
  name: string;
  clock: Clock;
  transcripts: string[];
  isKeyKnown(headers: IncomingHttpHeaders): boolean;
  /** A refusal as this service words it: 401, 404, 429 (with `retry-after`) and 503. */
  refusalOf(status: number, headers: Record<string, string>): Refusal;
  /** What is wrong with a request that nothing else is wrong with. */
  check?(recorded: RecordedRequest): Refusal | null;
  /** Takes secrets out of a query, where the service's clients put them. */
  maskQuery?(query: URLSearchParams): void;
  /** What serves a WebSocket of this path, or null. */
  socketAt(path: string): ((ws: WebSocket, admitted: Admitted) => void) | null;
  /** What answers a request, or null. */
  requestAt(path: string, method: string): ((response: ServerResponse, admitted: Admitted) => void) | null;
}

const statuses: Partial<Record<Fault['kind'], number>> = { wrongKey: 401, throttle: 429, serverError: 503 };

/** A speech service on a loopback port: WebSockets and requests that are recorded, let in or refused, and struck by faults. */
export async function startSpeechServer(service: SpeechService): Promise<SpeechEmulator> {
  const requests: RecordedRequest[] = [];
  const sockets = new Set<WebSocket>();
  const upgrades = new WebSocketServer({ noServer: true });
  const server = createServer((request, response) => void answer(request, response));
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => upgrade(request, socket, head));
  const open = new Set<Duplex>();
  server.on('connection', socket => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });

  function record(request: IncomingMessage, body: unknown): RecordedRequest {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    service.maskQuery?.(url.searchParams);
    const recorded: RecordedRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: withoutSecrets(request.headers),
      body,
      messages: [],
    };
    requests.push(recorded);
    return recorded;
  }

  function refusal({ headers }: IncomingMessage, { recorded, fault }: Admitted): Refusal | null {
    if (!service.isKeyKnown(headers)) return service.refusalOf(401, {});
    const status = orderedStatus(fault);
    const retryAfter = String(Math.ceil((fault?.ms ?? 1_000) / 1_000));
    if (status) return service.refusalOf(status, status === 429 ? { 'retry-after': retryAfter } : {});
    return service.check?.(recorded) ?? null;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += piece;
    const recorded = record(request, readBody(text));
    const fault = takeFault(emulator, recorded.path, recorded.method);
    if (fault?.kind === 'refuse') return void request.socket.destroy();

    const serve = service.requestAt(recorded.path, recorded.method);
    const refused = refusal(request, { recorded, fault });
    if (serve && !refused) return serve(response, { recorded, fault });
    const { status, headers, body } = refused ?? service.refusalOf(404, {});
    response.writeHead(status, headers).end(body);
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const recorded = record(request, null);
    const fault = takeFault(emulator, recorded.path, recorded.method);
    if (fault?.kind === 'refuse') return void socket.destroy();

    const serve = service.socketAt(recorded.path);
    const refused = refusal(request, { recorded, fault });
    if (!serve || refused) return void socket.end(toHttp(refused ?? service.refusalOf(404, {})));
    const accept = () =>
      upgrades.handleUpgrade(request, socket, head, ws => {
        sockets.add(ws);
        ws.once('close', () => sockets.delete(ws));
        serve(ws, { recorded, fault });
      });
    if (fault?.kind !== 'stallBefore') accept();
    else if (fault.ms !== undefined) service.clock.setTimeout(accept, fault.ms);
  }

  const url = await listenOnLoopback(server);
  const emulator: SpeechEmulator = {
    name: service.name,
    url,
    requests,
    transcripts: service.transcripts,
    nextFaults: [],
    standingFault: null,
    get openSockets() {
      return sockets.size;
    },
    dropSockets(code, reason = '') {
      for (const ws of sockets) code === undefined ? ws.terminate() : ws.close(code, reason);
    },
    async close() {
      for (const ws of sockets) ws.terminate();
      for (const socket of open) socket.destroy();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
  return emulator;
}

/** A server error with `afterEvents` strikes later, in the stream. */
function orderedStatus(fault: Fault | null): number | null {
  if (!fault || (fault.kind === 'serverError' && fault.afterEvents !== undefined)) return null;
  return statuses[fault.kind] ?? null;
}

/** As a server writes it that does not upgrade. */
function toHttp({ status, headers, body }: Refusal): string {
  const length = String(Buffer.byteLength(body));
  const lines = Object.entries({ ...headers, connection: 'close', 'content-length': length });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`;
}
