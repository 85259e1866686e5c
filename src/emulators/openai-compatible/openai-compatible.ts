import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
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
import type { Answer, Refusal } from './answer.ts';
import {
  type ChatPath,
  type Flavour,
  failing,
  keyIn,
  readChatPath,
  refusalBody,
  refuseBody,
  throttled,
  wrongKey,
} from './flavour.ts';
import { type ManagedKey, ManagedKeys } from './keys.ts';
import { Bills, costOf } from './ledger.ts';
import { answerManagement } from './management.ts';
import { streamAnswer } from './stream.ts';

const RETRY_AFTER_MS = 1_000;

export interface OpenAiCompatibleEmulatorOptions {
  /** Let in to completions, beside the keys that were minted here. */
  apiKey: string;
  /** Lets in to `/api/v1/keys`, and to nothing else. Default: nobody is. */
  managementKey?: string;
  /** Azure's. Default: whatever is asked for is deployed. */
  deployments?: readonly string[];
  /** For delays. Default: real time. */
  clock?: Clock;
  /** What a model says, by its request. Default: the next of `answers`, else `Hello there.`. */
  answer?: (body: Record<string, unknown>) => Answer;
  /** How often `GET /api/v1/generation` answers 404 before the bill is there. Default 0. */
  billsLateBy?: number;
}

export interface OpenAiCompatibleEmulator extends Emulator {
  /** For requests to come, one each. */
  readonly answers: Answer[];
  /** Streams under way. */
  readonly openStreams: number;
  /** Connections that were ever made. */
  readonly connections: number;
  /** Resolves when no stream is under way. */
  idle(): Promise<void>;
}

/**
 * OpenRouter (`/api/v1`: chat, `generation`, `keys`), Azure OpenAI (`/openai/deployments/…`) and OpenAI itself (`/v1`) on one
 * loopback port. An output, for faults, is a chunk with words, reasoning or a piece of a tool call.
 */
export async function startOpenAiCompatibleEmulator(
  options: OpenAiCompatibleEmulatorOptions,
): Promise<OpenAiCompatibleEmulator> {
  const { apiKey, managementKey, deployments, clock = systemClock } = options;
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const streams = new Set<Promise<void>>();
  const answers: Answer[] = [];
  const now = () => new Date(clock.wallTime()).toISOString();
  const keys = new ManagedKeys(now);
  const bills = new Bills(options.billsLateBy ?? 0);
  let connections = 0;

  const server = createServer((request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  server.on('connection', socket => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = readBody(await text(request));
    const path = url.pathname;
    const method = request.method ?? 'GET';
    const headers = withoutSecrets(request.headers);
    requests.push({ method, path, query: url.searchParams, headers, body, messages: [] });
    const fault = takeFault(emulator, path);
    if (fault?.kind === 'refuse') return void request.socket.resetAndDestroy();

    const chat = method === 'POST' ? readChatPath(path) : null;
    const flavour = chat?.flavour ?? 'openrouter';
    const key = keyIn(request.headers, flavour);
    const refusal = refusalOf(fault, flavour, key);
    if (refusal) return refuse(response, flavour, refusal);
    if (chat) return answerChat(response, chat, { key, url, body, fault });
    if (path === '/api/v1/keys' || path.startsWith('/api/v1/keys/'))
      return answerJson(
        response,
        answerManagement(keys, {
          method,
          path,
          query: url.searchParams,
          body,
          allowed: managementKey !== undefined && key === managementKey,
        }),
      );
    if (method === 'GET' && path === '/api/v1/generation') return answerBill(response, key, url);
    refuse(response, flavour, { status: 404, code: 404, message: 'Not Found' });
  }

  function answerBill(response: ServerResponse, key: string | null, url: URL): void {
    const bill = isAllowed(key) ? bills.find(url.searchParams.get('id') ?? '') : null;
    if (bill) answerJson(response, { status: 200, body: { data: bill } });
    else if (!isAllowed(key)) refuse(response, 'openrouter', wrongKey('openrouter', key));
    else refuse(response, 'openrouter', { status: 404, code: 404, message: 'Generation not found' });
  }

  async function answerChat(
    response: ServerResponse,
    { flavour, deployment }: ChatPath,
    { key, url, body, fault }: { key: string | null; url: URL; body: unknown; fault: Fault | null },
  ): Promise<void> {
    if (!isAllowed(key)) return refuse(response, flavour, wrongKey(flavour, key));
    const managed = keys.of(key ?? '');
    const refusal = refuseKey(managed) ?? refuseDeployment(deployment, url) ?? refuseBody(flavour, body);
    if (refusal) return refuse(response, flavour, refusal);

    const asked = body as Record<string, unknown>;
    const answer = options.answer?.(asked) ?? answers.shift() ?? {};
    if (answer.refuse) return refuse(response, flavour, answer.refuse);

    const { include_usage: includeUsage } = (asked.stream_options ?? {}) as { include_usage?: boolean };
    const streamed = streamAnswer(response, {
      flavour,
      model: String(asked.model ?? deployment),
      answer,
      fault,
      promptTokens: JSON.stringify(asked.messages).split(/\s+/).length,
      tellsUsage: flavour === 'openrouter' || includeUsage === true,
      clock,
    }).then(end => {
      bills.add({ ...end, createdAt: now() });
      if (managed) keys.spend(managed, costOf(end));
    });
    streams.add(streamed);
    await streamed.finally(() => streams.delete(streamed));
  }

  function isAllowed(key: string | null): boolean {
    return key === apiKey || (key !== null && keys.of(key) !== undefined);
  }

  function refuseDeployment(deployment: string | null, url: URL): Refusal | null {
    if (deployment === null) return null;
    if (!url.searchParams.get('api-version'))
      return { status: 404, code: '404', message: 'Resource not found' };
    if (!deployments || deployments.includes(deployment)) return null;
    return { status: 404, code: 'DeploymentNotFound', message: 'The API deployment does not exist.' };
  }

  const emulator: OpenAiCompatibleEmulator = {
    name: 'openai-compatible',
    url: await listenOnLoopback(server),
    requests,
    nextFaults: [],
    standingFault: null,
    answers,
    get openStreams() {
      return streams.size;
    },
    get connections() {
      return connections;
    },
    async idle() {
      while (streams.size > 0) await Promise.allSettled(streams);
    },
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return emulator;
}

function refusalOf(fault: Fault | null, flavour: Flavour, key: string | null): Refusal | null {
  if (fault?.kind === 'wrongKey') return wrongKey(flavour, key);
  if (fault?.kind === 'throttle') return throttled(flavour, fault.ms ?? RETRY_AFTER_MS);
  return fault?.kind === 'serverError' ? failing(flavour) : null;
}

/** A key that was switched off, or has spent what it may. */
function refuseKey(key: ManagedKey | undefined): Refusal | null {
  if (key?.disabled) return { status: 401, code: 401, message: 'API key is disabled.' };
  if (key && key.limit !== null && key.usage >= key.limit)
    return { status: 402, code: 402, message: 'This key has reached its limit.' };
  return null;
}

function refuse(response: ServerResponse, flavour: Flavour, refusal: Refusal): void {
  response.writeHead(refusal.status, { 'content-type': 'application/json', ...refusal.headers });
  response.end(JSON.stringify(refusalBody(flavour, refusal)));
}

function answerJson(response: ServerResponse, { status, body }: { status: number; body: unknown }): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
