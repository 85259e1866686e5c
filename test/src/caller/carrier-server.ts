import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

// biome-ignore lint/suspicious/noExplicitAny: tests look at messages as they come.
export type Message = any;

export interface Webhook {
  path: string;
  form: Record<string, string>;
  headers: IncomingHttpHeaders;
}

/** One media stream as the server sees it. */
export class ServerStream extends EventEmitter {
  readonly messages: Message[] = [];
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly socket: WebSocket;
  closedWith: { code: number } | null = null;

  constructor(socket: WebSocket, url: string, headers: IncomingHttpHeaders) {
    super();
    this.socket = socket;
    this.url = url;
    this.headers = headers;
    socket.on('message', data => {
      this.messages.push(JSON.parse(data.toString()));
      this.emit('changed');
    });
    socket.on('close', code => {
      this.closedWith = { code };
      this.emit('changed');
    });
  }

  of(event: string): Message[] {
    return this.messages.filter(message => message.event === event);
  }

  get streamSid(): string {
    return this.of('start')[0].streamSid;
  }

  async until(condition: (stream: ServerStream) => boolean): Promise<void> {
    while (!condition(this)) await once(this, 'changed');
  }

  send(message: Record<string, unknown>): void {
    this.socket.send(JSON.stringify({ streamSid: this.streamSid, ...message }));
  }

  media(audio: Uint8Array): void {
    this.send({ event: 'media', media: { payload: Buffer.from(audio).toString('base64') } });
  }

  mark(name: string): void {
    this.send({ event: 'mark', mark: { name } });
  }

  clear(): void {
    this.send({ event: 'clear' });
  }
}

export interface TestServer {
  url: string;
  webhooks: Webhook[];
  streams: ServerStream[];
  /** The nth stream (from 0), once its `start` has come. */
  stream(index: number): Promise<ServerStream>;
  close(): Promise<void>;
}

/** A server small enough to see through: `answer` makes TwiML, or a status, of a webhook. */
export async function startServer(
  answer: (webhook: Webhook) => string | number = () => 404,
): Promise<TestServer> {
  const webhooks: Webhook[] = [];
  const streams: ServerStream[] = [];
  const news = new EventEmitter();
  const http = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const webhook = {
      path: request.url!,
      form: Object.fromEntries(new URLSearchParams(body)),
      headers: request.headers,
    };
    webhooks.push(webhook);
    const result = answer(webhook);
    response.statusCode = typeof result === 'number' ? result : 200;
    response.end(typeof result === 'number' ? '' : result);
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket, request) => {
    streams.push(new ServerStream(socket, request.url!, request.headers));
    news.emit('stream');
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');

  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    webhooks,
    streams,
    async stream(index) {
      while (!streams[index]) await once(news, 'stream');
      await streams[index].until(stream => stream.of('start').length > 0);
      return streams[index];
    },
    async close() {
      for (const { socket } of streams) socket.terminate();
      sockets.close();
      http.close();
      http.closeAllConnections();
      await once(http, 'close');
    },
  };
}
