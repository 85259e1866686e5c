import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import type { Secret } from '../../secret.ts';
import {
  type Emulator,
  type Fault,
  listenOnLoopback,
  type RecordedRequest,
  readBody,
  takeFault,
  withoutSecrets,
} from '../emulator.ts';
import type { ConverseBody } from './converse-body.ts';
import { play } from './play.ts';
import { PromptCache } from './prompt-cache.ts';
import { type ScriptedRefusal, type ScriptedReply, toSteps } from './script.ts';
import { whyInvalid } from './validate.ts';

export interface BedrockEmulatorOptions {
  /** For delays. Default: the system's. */
  clock?: Clock;
  /** The one API key that is right. Default: any key or signature. */
  apiKey?: Secret;
  /** What is answered when nothing is queued. Default: a short sentence. */
  reply?: (modelId: string, body: unknown) => ScriptedReply | ScriptedRefusal;
}

export interface BedrockEmulator extends Emulator {
  /** Answers to the requests to come, in order. Faults go before them and use none up. */
  readonly nextReplies: (ScriptedReply | ScriptedRefusal)[];
  /** Connections that were ever opened. */
  readonly connections: number;
  /** Streams that the client closed before their end. */
  readonly abandoned: number;
  /** Resolves once so many requests, or abandoned streams, have been seen in all. */
  until(what: 'requests' | 'abandoned', count: number): Promise<void>;
}

const defaultReply: ScriptedReply = { parts: [{ text: 'Yes, I can help you with that.' }] };
const signature =
  /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[a-z0-9-]+\/bedrock\/aws4_request, SignedHeaders=[^,]+, Signature=[0-9a-f]{64}$/;

/** Amazon Bedrock's runtime as a Claude client meets it: ConverseStream over HTTP/1.1 in the AWS event stream encoding. */
export async function startBedrockEmulator(options: BedrockEmulatorOptions = {}): Promise<BedrockEmulator> {
  const emulation = new Emulation(options);
  const server = createServer((request, response) => {
    emulation.answer(request, response).catch(error => response.destroy(error));
  });
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    emulation.connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  emulation.url = await listenOnLoopback(server);
  emulation.close = () =>
    new Promise(resolve => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return emulation;
}

class Emulation implements BedrockEmulator {
  readonly name = 'bedrock';
  url = '';
  readonly requests: RecordedRequest[] = [];
  readonly nextFaults: Fault[] = [];
  readonly nextReplies: (ScriptedReply | ScriptedRefusal)[] = [];
  standingFault: Fault | null = null;
  connections = 0;
  abandoned = 0;
  close: () => Promise<void> = async () => {};
  readonly #options: BedrockEmulatorOptions;
  readonly #clock: Clock;
  readonly #cache: PromptCache;
  readonly #waiting: { what: 'requests' | 'abandoned'; count: number; resolve: () => void }[] = [];

  constructor(options: BedrockEmulatorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#cache = new PromptCache(this.#clock);
  }

  until(what: 'requests' | 'abandoned', count: number): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push({ what, count, resolve });
      this.#tell();
    });
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => {
      if (response.writableFinished) return;
      gone.abort();
    });
    const url = new URL(request.url ?? '/', this.url);
    let text = '';
    try {
      for await (const chunk of request.setEncoding('utf8')) text += chunk;
    } catch {
      return;
    }
    const body = readBody(text);
    const { method = 'GET', headers } = request;
    this.requests.push({
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: withoutSecrets(headers),
      body,
      messages: [],
    });
    this.#tell();
    const requestId = `emulated-${this.requests.length}`;
    response.setHeader('x-amzn-requestid', requestId);

    const fault = takeFault(this, url.pathname);
    if (fault?.kind === 'refuse') return void request.socket.resetAndDestroy();
    const refusal = (fault && refusalOf(fault)) ?? this.#authorise(request);
    if (refusal) return refuse(response, refusal);
    if (method === 'GET' && url.pathname === '/async-invoke')
      return void sendJson(response, 200, { asyncInvokeSummaries: [] });
    const [, model] = /^\/model\/([^/]+)\/converse-stream$/.exec(url.pathname) ?? [];
    if (method !== 'POST' || model === undefined) return refuse(response, unknownOperation);

    const modelId = decodeURIComponent(model);
    const invalid = whyInvalid(modelId, body);
    if (invalid) return refuse(response, { status: 400, errorType: 'ValidationException', message: invalid });
    const reply = this.nextReplies.shift() ?? this.#options.reply?.(modelId, body) ?? defaultReply;
    if ('status' in reply) return refuse(response, reply);

    gone.signal.addEventListener('abort', () => {
      // A cut is our own doing.
      if (fault?.kind === 'cut') return;
      this.abandoned++;
      this.#tell();
    });
    const input = this.#cache.count(modelId, body as ConverseBody);
    await play(toSteps(reply, input), {
      response,
      requestId,
      fault,
      failure: reply.failure ?? null,
      clock: this.#clock,
      gone: gone.signal,
    });
  }

  #authorise({ headers }: IncomingMessage): ScriptedRefusal | null {
    const { authorization } = headers;
    const { apiKey } = this.#options;
    if (authorization?.startsWith('Bearer ')) {
      const isRight = !apiKey || apiKey.matches(authorization.slice('Bearer '.length));
      return isRight ? null : denied('AccessDeniedException', 'The API key is not valid.');
    }
    if (authorization === undefined)
      return denied('MissingAuthenticationTokenException', 'Missing Authentication Token');
    const token = headers['x-amz-security-token'] ?? '';
    // The service tells what should have been signed, session token included; a client must not pass that on.
    if (apiKey || !signature.test(authorization) || !headers['x-amz-date'])
      return denied(
        'InvalidSignatureException',
        `The signature should have been of 'x-amz-security-token:${token}'.`,
      );
    return null;
  }

  #tell(): void {
    for (const waiting of [...this.#waiting]) {
      const seen = waiting.what === 'requests' ? this.requests.length : this.abandoned;
      if (seen < waiting.count) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.resolve();
    }
  }
}

const unknownOperation: ScriptedRefusal = {
  status: 404,
  errorType: 'UnknownOperationException',
  message: 'This operation is not emulated.',
};

function denied(errorType: string, message: string): ScriptedRefusal {
  return { status: 403, errorType, message };
}

function refusalOf(fault: Fault): ScriptedRefusal | null {
  switch (fault.kind) {
    case 'throttle':
      return {
        status: 429,
        errorType: 'ThrottlingException',
        message: 'Too many requests, please wait before trying again.',
        headers: { 'retry-after': String(Math.ceil((fault.ms ?? 1_000) / 1_000)) },
      };
    case 'serverError':
      return {
        status: 503,
        errorType: 'ServiceUnavailableException',
        message: 'The service is unavailable.',
      };
    case 'wrongKey':
      return denied('UnrecognizedClientException', 'The security token included in the request is invalid.');
    default:
      return null;
  }
}

function refuse(response: ServerResponse, { status, errorType, message, headers }: ScriptedRefusal): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (errorType === null) {
    response.writeHead(status, { 'content-type': 'text/html' }).end(`<html><body>${message}</body></html>`);
    return;
  }
  response.setHeader('x-amzn-errortype', errorType);
  sendJson(response, status, { message });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
