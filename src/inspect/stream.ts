import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Secret } from '../secret.ts';
import { INSPECT_PATH } from './socket.ts';

/** What to ask a server for. */
export interface Question {
  /** CallSid or id; null for all. */
  call: string | null;
  sample: number;
  redact: 'on' | 'off';
  maxEventsPerSecond: number;
}

export interface StreamListener {
  /** One frame, as JSON. */
  frame(text: string): void;
  /** By the server, or because the network broke; not by our own closing. */
  closed(code: number, reason: string): void;
}

export interface FrameStream {
  close(): void;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const ENOUGH_OF_REFUSAL = 4_096;

/** Looks into a running server's calls. Throws a sentence that says what to do when it is not let in. */
export function openStream(
  serverUrl: string,
  question: Question,
  apiKey: Secret | null,
  listener: StreamListener,
): Promise<FrameStream> {
  const { origin } = new URL(serverUrl);
  const socket = new WebSocket(addressOf(origin, question), {
    headers: apiKey ? { authorization: `Bearer ${apiKey.reveal()}` } : {},
    perMessageDeflate: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const close = () => {
      isOpen = false;
      socket.close(1000);
    };
    socket.on('message', data => listener.frame(data.toString()));
    socket.on('open', () => {
      isOpen = true;
      resolve({ close });
    });
    socket.on('close', (code, reason) => {
      if (isOpen) listener.closed(code, reason.toString());
    });
    // Of a socket that was open, the close tells.
    socket.on('error', () =>
      reject(new Error(`No server answers at ${origin}. Start it, or name another with --server.`)),
    );
    socket.on('unexpected-response', async (_, response) => {
      let body = '';
      for await (const chunk of response) if (body.length < ENOUGH_OF_REFUSAL) body += chunk;
      socket.terminate();
      reject(new Error(`${origin} refuses: ${reasonOf(response.statusCode ?? 0, body)}`));
    });
  });
}

function addressOf(origin: string, { call, sample, redact, maxEventsPerSecond }: Question): string {
  const address = new URL(INSPECT_PATH, origin);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  if (call !== null) address.searchParams.set('call', call);
  address.searchParams.set('sample', String(sample));
  address.searchParams.set('redact', redact);
  address.searchParams.set('maxEventsPerSecond', String(maxEventsPerSecond));
  return address.href;
}

const refusal = z.object({ error: z.string() });

function reasonOf(status: number, body: string): string {
  try {
    return refusal.parse(JSON.parse(body)).error;
  } catch {
    return `status ${status}. Perhaps it runs an older version.`;
  }
}
