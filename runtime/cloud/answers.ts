import { STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import { SocketAddress } from 'node:net';

import type { HttpResponse } from './transport.ts';

/** The transport frames the message itself; a second word on it from a handler would let the two disagree. */
const FRAMING_HEADERS = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

/** An error as every path of the server tells it: `{"error":{"code","message"}}`. */
export function errorAnswer(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify({ error: { code, message } }),
  };
}

export function bodyTooLarge(maxBodyBytes: number): HttpResponse {
  return errorAnswer(413, 'BODY_TOO_LARGE', `The body may have at most ${maxBodyBytes} bytes.`);
}

/** Says nothing of what went wrong: that is for the log. */
export function internalError(): HttpResponse {
  return errorAnswer(500, 'INTERNAL', 'The server could not answer this request.');
}

/** A reporter that cannot fail: what it throws would go to uWebSockets.js, which ends the process. */
export function reporter(onError: (error: unknown) => void): (error: unknown) => void {
  return error => {
    try {
      onError(error);
    } catch {
      // There is nobody left to tell.
    }
  };
}

/** What the handler answers, or a bare 500 when it throws or its answer cannot be sent. */
export async function answerOf(
  handle: () => HttpResponse | Promise<HttpResponse>,
  onError: (error: unknown) => void,
): Promise<HttpResponse> {
  try {
    return sendable(await handle());
  } catch (error) {
    onError(error);
    return internalError();
  }
}

/** The answer with only those headers that are the handler's to set. Throws when it cannot be sent. */
export function sendable(answer: HttpResponse): HttpResponse {
  if (!Number.isInteger(answer.status) || answer.status < 200 || answer.status > 599)
    throw new RangeError(`A handler answered with status ${answer.status}; use 200 to 599.`);

  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    if (!FRAMING_HEADERS.has(name.toLowerCase())) headers[name] = value;
  }
  return { status: answer.status, headers, body: answer.body ?? '' };
}

/** As `200 OK`. */
export function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? 'Unknown'}`;
}

export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304;
}

/** An address in its shortest form; IPv4 that came through an IPv6 socket is IPv4 again. */
export function canonicalAddress(text: string): string {
  if (!text.includes(':')) return text;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
