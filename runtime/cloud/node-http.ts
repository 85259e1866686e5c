import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket as Connection } from 'node:net';
import type { Duplex } from 'node:stream';

import { answerOf, bodyTooLarge, canonicalAddress, errorAnswer, hasNoBody } from './answers.ts';
import { RequestBody } from './request-body.ts';
import type { Routes } from './routes.ts';
import type { HttpRequest, HttpResponse, ServerOptions } from './transport.ts';

const NO_BODY = Buffer.alloc(0);

export function serve(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
  options: ServerOptions,
): void {
  const asked = readRequest(request);
  const match = routes.http(asked.method, asked.path);
  if ('answer' in match) {
    write(response, match.answer);
    return;
  }

  let isOver = false;
  const finish = (answer: HttpResponse) => {
    if (isOver) return;
    isOver = true;
    write(response, answer);
  };

  const maxBytes = match.route.maxBodyBytes ?? options.maxBodyBytes;
  const body = new RequestBody(maxBytes);
  // A peer that goes away in the middle of its request is no news.
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    body.add(chunk);
    if (!body.isHopeless || isOver) return;
    response.shouldKeepAlive = false;
    finish(bodyTooLarge(maxBytes));
  });
  request.on('end', () => {
    if (body.isTooLarge) {
      finish(bodyTooLarge(maxBytes));
      return;
    }
    const whole = { ...asked, params: match.params, body: body.whole() };
    void answerOf(() => match.route.handle(whole), options.onError).then(finish);
  });
}

/** A peer may offer an upgrade (to HTTP/2, say) on any request; a server is free to answer as if it had not. */
export function serveDespiteUpgrade(
  request: IncomingMessage,
  connection: Duplex,
  routes: Routes,
  options: ServerOptions,
): void {
  const asked = readRequest(request);
  const match = routes.http(asked.method, asked.path);
  // Node.js stops reading at the offer and leaves a body unparsed.
  const hasBody = 'transfer-encoding' in asked.headers || Number(asked.headers['content-length'] ?? 0) > 0;

  if ('answer' in match) refuse(request, connection, match.answer);
  else if (hasBody) refuse(request, connection, upgradeWithBody());
  else {
    const whole = { ...asked, params: match.params };
    const answering = answerOf(() => match.route.handle(whole), options.onError);
    void answering.then(answer => refuse(request, connection, answer));
  }
}

/** Answers in plain HTTP on a connection that node:http has let go of, and ends it. */
export function refuse(request: IncomingMessage, connection: Duplex, answer: HttpResponse): void {
  if (connection.destroyed) return;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(connection as Connection);
  response.once('finish', () => (connection as Connection).destroySoon());
  write(response, answer);
}

/** Everything but the body. */
export function readRequest(request: IncomingMessage): HttpRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const path = pathOf(request);
  return {
    method: request.method ?? 'GET',
    path,
    params: {},
    query: (request.url ?? '').slice(path.length + 1),
    headers,
    body: NO_BODY,
    remoteAddress: canonicalAddress(request.socket.remoteAddress ?? ''),
  };
}

export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function upgradeWithBody(): HttpResponse {
  return errorAnswer(400, 'UPGRADE_WITH_BODY', 'Send this request again without an Upgrade header.');
}

function write(response: ServerResponse, answer: HttpResponse): void {
  const body = answer.body ?? '';
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (!hasNoBody(answer.status)) response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
