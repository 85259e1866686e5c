import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocketServer } from 'ws';

/** Longest reason of a close frame, in bytes. */
const REASON_BYTES = 120;

/**
 * A provider of any kind that likes no key and quotes it in whatever it answers: status line, headers, bodies, stream
 * events, WebSocket messages and close frames. It refuses and breaks off in turns.
 */
export class EchoingProvider {
  readonly url: string;
  /** Everything that it was sent. */
  received = '';
  #asked = 0;
  readonly #close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#close = close;
  }

  static async start(): Promise<EchoingProvider> {
    const sockets = new Set<Socket>();
    const streams = new WebSocketServer({ noServer: true });
    const server = createServer((request, response) => {
      void text(request).then(
        body => {
          const said = provider.#hear(request, body);
          const refusal = { code: 'invalid_api_key', message: `Incorrect API key provided: ${said}` };
          const everyDialect = { error: refusal, message: refusal.message, Message: said, err_msg: said };
          if (provider.#asked % 3 !== 0) {
            response.writeHead(provider.#asked % 3 === 1 ? 401 : 400, keyOf(request), {
              'content-type': 'application/json',
              'x-amzn-errortype': provider.#asked % 3 === 1 ? 'AccessDeniedException' : 'ValidationException',
              'x-wrong-key': keyOf(request),
            });
            response.end(JSON.stringify(everyDialect));
            return;
          }
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.end(`data: ${JSON.stringify(everyDialect)}\n\ndata: {"broken": "${said.slice(0, 40)}\n\n`);
        },
        () => {},
      );
    });
    server.on('connection', socket => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    });
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head) => {
      const said = provider.#hear(request, '');
      if (provider.#asked % 2 === 1) {
        const body = JSON.stringify({ err_code: 'INVALID_AUTH', err_msg: said, message: said });
        socket.end(
          `HTTP/1.1 401 Wrong ${keyOf(request)}\r\ncontent-type: application/json\r\nx-wrong-key: ${keyOf(request)}\r\n` +
            `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
        );
        return;
      }
      streams.handleUpgrade(request, socket, head, stream => {
        stream.on('error', () => {});
        stream.send(JSON.stringify({ type: 'Error', description: said, message: said, variant: said }));
        stream.close(1008, `wrong key ${keyOf(request)}`.slice(0, REASON_BYTES));
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const provider = new EchoingProvider((server.address() as { port: number }).port, async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>(resolve => server.close(() => resolve()));
    });
    return provider;
  }

  close(): Promise<void> {
    return this.#close();
  }

  #hear({ method, url, rawHeaders }: IncomingMessage, body: string): string {
    this.#asked++;
    const said = `${method} ${url} ${rawHeaders.join(' ')}`;
    this.received += `${said} ${body}\n`;
    return said;
  }
}

/** Whichever header carries it, cut to what a status line may hold. */
function keyOf({ headers, url = '' }: IncomingMessage): string {
  const { authorization } = headers;
  const key =
    headers['x-amz-security-token'] ??
    authorization ??
    headers['api-key'] ??
    headers['ocp-apim-subscription-key'] ??
    url;
  return String(key).slice(0, REASON_BYTES);
}
