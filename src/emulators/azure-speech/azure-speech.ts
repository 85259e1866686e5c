import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { toneOf } from '../deepgram/speak.ts';
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
import { openRecognise } from './recognise.ts';
import { answerSynthesis } from './rest.ts';
import type { SessionOptions, SpeechSession } from './session.ts';
import { runSocket } from './socket.ts';
import { openSynthesise } from './synthesise.ts';

export interface AzureSpeechEmulatorOptions {
  /** The only key that is let in. */
  key: string;
  /** For delays and limits. Default: real time. */
  clock?: Clock;
  /** What 20 ms of mu-law hold. Default: a voice where it is loud, its words from `transcripts`. */
  hear?: Hear;
  transcripts?: string[];
  /** What is heard where the client lets the language be detected. Default `en-US`. */
  language?: string;
  /** Silence at the beginning of a turn that is told as `InitialSilenceTimeout`. Default 15,000. */
  initialSilenceMs?: number;
  /** Mu-law for a text. Default: 60 ms of sound a character. */
  voice?: (text: string) => Uint8Array;
  firstAudioDelayMs?: number;
}

export interface AzureSpeechEmulator extends Emulator {
  readonly openSockets: number;
  /** What callers will be heard to say, one by one, where `hear` knows of voices only. */
  readonly transcripts: string[];
  /** Ends all sockets: without a word, or with a close code. */
  dropSockets(code?: number, reason?: string): void;
  /** Ends the turns of all sockets, as the service does now and then in a long recognition. */
  endTurns(): void;
}

const KEY_NAME = 'ocp-apim-subscription-key';
const RECOGNITION =
  /^(\/stt)?\/speech\/(universal\/v2|recognition\/(conversation|interactive|dictation)\/cognitiveservices\/v1)$/;
const SYNTHESIS = /^(\/tts)?\/cognitiveservices\/websocket\/v1$/;
const SYNTHESIS_REQUEST = /^(\/tts)?\/cognitiveservices\/v1$/;

const statuses: Partial<Record<Fault['kind'], number>> = { wrongKey: 401, throttle: 429, serverError: 503 };

/** Azure's recognition and synthesis over WebSockets, and synthesis over HTTP, on a loopback port. */
export async function startAzureSpeechEmulator(
  options: AzureSpeechEmulatorOptions,
): Promise<AzureSpeechEmulator> {
  const clock = options.clock ?? systemClock;
  const voice = options.voice ?? toneOf;
  const transcripts = options.transcripts ?? [];
  const firstAudioDelayMs = options.firstAudioDelayMs ?? 0;
  const requests: RecordedRequest[] = [];
  const sessions = new Map<WebSocket, SpeechSession>();
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
    // The SDK sends every header twice: as it should, and in the query.
    for (const name of [...url.searchParams.keys()])
      if (name.toLowerCase() === KEY_NAME) url.searchParams.set(name, '[secret]');
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

  function refusal(request: IncomingMessage, fault: Fault | null): number | null {
    if (request.headers[KEY_NAME] !== options.key) return 401;
    // A server error with `afterEvents` strikes later, in the stream.
    if (fault?.kind === 'serverError' && fault.afterEvents !== undefined) return null;
    return (fault && statuses[fault.kind]) ?? null;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const piece of request) text += piece;
    const recorded = record(request, readBody(text));
    const fault = takeFault(emulator, recorded.path);
    if (fault?.kind === 'refuse') return void request.socket.destroy();

    const isKnown = SYNTHESIS_REQUEST.test(recorded.path) && recorded.method === 'POST';
    const refused = refusal(request, fault) ?? (isKnown ? null : 404);
    if (refused) return void response.writeHead(refused, errorHeaders(fault)).end();
    answerSynthesis({ recorded, response, fault, clock, voice, firstAudioDelayMs });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const recorded = record(request, null);
    const fault = takeFault(emulator, recorded.path);
    if (fault?.kind === 'refuse') return void socket.destroy();

    const refused = refusal(request, fault) ?? (sessionOf(recorded.path) ? null : 404);
    if (refused) {
      const headers = Object.entries({ ...errorHeaders(fault), connection: 'close', 'content-length': '0' });
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      return void socket.end(`HTTP/1.1 ${refused} ${STATUS_CODES[refused] ?? ''}\r\n${lines}\r\n`);
    }
    const accept = () => upgrades.handleUpgrade(request, socket, head, ws => serve(ws, recorded, fault));
    if (fault?.kind !== 'stallBefore') accept();
    else if (fault.ms !== undefined) clock.setTimeout(accept, fault.ms);
  }

  function serve(ws: WebSocket, recorded: RecordedRequest, fault: Fault | null): void {
    const session = runSocket(ws, { clock, fault, recorded }, ({ output, close }) =>
      sessionOf(recorded.path)!({
        clock,
        query: recorded.query,
        hear: options.hear ?? hearLoudness,
        transcripts,
        language: options.language ?? 'en-US',
        initialSilenceMs: options.initialSilenceMs ?? 15_000,
        voice,
        firstAudioDelayMs,
        output,
        close,
      }),
    );
    sessions.set(ws, session);
    ws.once('close', () => sessions.delete(ws));
  }

  const url = await listenOnLoopback(server);
  const emulator: AzureSpeechEmulator = {
    name: 'azure-speech',
    url,
    requests,
    transcripts,
    nextFaults: [],
    standingFault: null,
    get openSockets() {
      return sessions.size;
    },
    dropSockets(code, reason = '') {
      for (const ws of sessions.keys()) code === undefined ? ws.terminate() : ws.close(code, reason);
    },
    endTurns() {
      for (const session of sessions.values()) session.endTurn();
    },
    async close() {
      for (const ws of sessions.keys()) ws.terminate();
      for (const socket of open) socket.destroy();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
  return emulator;
}

function sessionOf(path: string): ((options: SessionOptions) => SpeechSession) | null {
  if (RECOGNITION.test(path)) return openRecognise;
  return SYNTHESIS.test(path) ? openSynthesise : null;
}

function errorHeaders(fault: Fault | null): Record<string, string> {
  return fault?.kind === 'throttle' ? { 'retry-after': String(Math.ceil((fault.ms ?? 1_000) / 1_000)) } : {};
}
