import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import {
  type Emulator,
  type Fault,
  listenOnLoopback,
  type RecordedRequest,
  readBody,
  takeFault,
  withoutSecrets,
} from '../emulator.ts';
import { type Hear, hearLoudness } from '../speech/hearing.ts';
import { openListenV1 } from './listen-v1.ts';
import { openListenV2 } from './listen-v2.ts';
import { type Refusal, refuseQuery } from './query.ts';
import type { SessionOptions, SocketSession } from './session.ts';
import { runSocket } from './socket.ts';
import { openSpeak, toneOf } from './speak.ts';
import { answerSpeak } from './speak-rest.ts';

export interface DeepgramEmulatorOptions {
  /** The only key that is let in. */
  apiKey: string;
  /** For delays, idle limits and rates. Default: real time. */
  clock?: Clock;
  /** What 20 ms of audio hold. Default: a voice where it is loud, its words from `transcripts`. */
  hear?: Hear;
  transcripts?: string[];
  /** What is heard by models that detect the language. Default `en`. */
  language?: string;
  /** Mu-law for a text. Default: 60 ms of sound a character. */
  voice?: (text: string) => Uint8Array;
  firstAudioDelayMs?: number;
}

export interface DeepgramEmulator extends Emulator {
  readonly openSockets: number;
  /** What callers will be heard to say, one by one, where `hear` knows of voices only. */
  readonly transcripts: string[];
  /** Ends all sockets: without a word, or with a close code. */
  dropSockets(code?: number, reason?: string): void;
}

const sessions: Record<string, (options: SessionOptions) => SocketSession> = {
  '/v1/listen': openListenV1,
  '/v2/listen': openListenV2,
  '/v1/speak': openSpeak,
};

const statuses: Partial<Record<Fault['kind'], Refusal>> = {
  wrongKey: { status: 401, code: 'INVALID_AUTH', message: 'Invalid credentials.' },
  throttle: { status: 429, code: 'TOO_MANY_REQUESTS', message: 'Too many requests.' },
  serverError: { status: 503, code: 'SERVICE_UNAVAILABLE', message: 'The service is unavailable.' },
};

/** Deepgram's `/v1/listen`, `/v2/listen` and `/v1/speak` (WebSocket), and `POST /v1/speak`, on a loopback port. */
export async function startDeepgramEmulator(options: DeepgramEmulatorOptions): Promise<DeepgramEmulator> {
  const clock = options.clock ?? systemClock;
  const voice = options.voice ?? toneOf;
  const transcripts = options.transcripts ?? [];
  const firstAudioDelayMs = options.firstAudioDelayMs ?? 0;
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

  function refusal(
    request: IncomingMessage,
    { path, query }: RecordedRequest,
    fault: Fault | null,
  ): Refusal | null {
    const { authorization } = request.headers;
    const isKnown =
      authorization === `Token ${options.apiKey}` || authorization === `Bearer ${options.apiKey}`;
    if (!isKnown) return statuses.wrongKey ?? null;
    const ordered = fault && statuses[fault.kind];
    // A server error with `afterEvents` strikes later, in the stream.
    if (ordered && !(fault.kind === 'serverError' && fault.afterEvents !== undefined)) return ordered;
    return refuseQuery(path, query);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += piece;
    const recorded = record(request, readBody(text));
    const fault = takeFault(emulator, recorded.path, recorded.method);
    if (fault?.kind === 'refuse') return void request.socket.destroy();

    const refused =
      refusal(request, recorded, fault) ??
      (recorded.path === '/v1/speak' && recorded.method === 'POST'
        ? null
        : { status: 404, code: 'NOT_FOUND', message: 'No such path.' });
    if (refused) {
      response.writeHead(refused.status, errorHeaders(refused, fault)).end(errorBody(refused));
      return;
    }
    answerSpeak({ recorded, response, fault, clock, voice, firstAudioDelayMs });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const recorded = record(request, null);
    const fault = takeFault(emulator, recorded.path, recorded.method);
    if (fault?.kind === 'refuse') return void socket.destroy();

    const refused =
      refusal(request, recorded, fault) ??
      (sessions[recorded.path] ? null : { status: 404, code: 'NOT_FOUND', message: 'No such path.' });
    if (refused) {
      const lines = Object.entries({ ...errorHeaders(refused, fault), connection: 'close' });
      socket.end(
        `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status] ?? ''}\r\n` +
          `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${errorBody(refused)}`,
      );
      return;
    }
    const accept = () => upgrades.handleUpgrade(request, socket, head, ws => serve(ws, recorded, fault));
    if (fault?.kind !== 'stallBefore') accept();
    else if (fault.ms !== undefined) clock.setTimeout(accept, fault.ms);
  }

  function serve(ws: WebSocket, recorded: RecordedRequest, fault: Fault | null): void {
    sockets.add(ws);
    ws.once('close', () => sockets.delete(ws));
    runSocket(ws, { clock, fault, recorded }, ({ output, close }) =>
      sessions[recorded.path]!({
        clock,
        query: recorded.query,
        hear: options.hear ?? hearLoudness,
        transcripts,
        language: options.language ?? 'en',
        requestId: randomUUID(),
        voice,
        firstAudioDelayMs,
        output,
        close,
      }),
    );
  }

  const url = await listenOnLoopback(server);
  const emulator: DeepgramEmulator = {
    name: 'deepgram',
    url,
    requests,
    transcripts,
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

function errorHeaders({ code }: Refusal, fault: Fault | null): Record<string, string> {
  return {
    'content-type': 'application/json',
    'dg-request-id': randomUUID(),
    'dg-error': code,
    ...(fault?.kind === 'throttle' ? { 'retry-after': String(Math.ceil((fault.ms ?? 1_000) / 1_000)) } : {}),
  };
}

function errorBody({ code, message }: Refusal): string {
  return JSON.stringify({ err_code: code, err_msg: message, request_id: randomUUID() });
}
