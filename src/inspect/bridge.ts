import { randomBytes } from 'node:crypto';
import type { HttpRequest, HttpResponse, Socket } from '../../runtime/cloud/transport.ts';
import { listenWs } from '../../runtime/cloud/ws.ts';
import { isForeign } from '../api/request-origin.ts';
import { isLocalRequest } from '../loopback.ts';
import { Secret } from '../secret.ts';
import { bridgePage, bridgePolicy } from './bridge-page.ts';
import type { FrameStream, StreamListener } from './stream.ts';

export interface BridgeOptions {
  /** 0 picks a free one. */
  port: number;
  inspectorUrl: string;
  /** A page has been opened: it gets a stream of its own, so that it is shown every chart from the start. */
  open(listener: StreamListener): Promise<FrameStream>;
  /** The stream of a page is over. */
  ended(code: number, reason: string): void;
  onError(error: unknown): void;
}

export interface Bridge {
  /** To be opened in a browser on this machine. Whoever has it sees the calls. */
  readonly link: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const MAX_BACKPRESSURE_BYTES = 16 * 1024 * 1024;
const IDLE_TIMEOUT_S = 60;
const UPSTREAM_FAILED = 1011;
const TRY_AGAIN_LATER = 1013;
/** RFC 6455, section 5.5: what fits into a close frame beside its code. */
const LONGEST_REASON_BYTES = 123;

interface Page {
  stream: Promise<FrameStream> | null;
}

/** Serves the page that holds Stately's inspector: to this machine, and to who has its token. The API key stays here. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { inspectorUrl } = options;
  const token = new Secret(randomBytes(24).toString('base64url'));
  const isAllowed = (request: HttpRequest) =>
    isLocalRequest(request) && token.matches(new URLSearchParams(request.query).get('token') ?? '');
  const refused: HttpResponse = {
    status: 403,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body: 'Open the link that the command has printed.\n',
  };

  function page(request: HttpRequest): HttpResponse {
    if (!isAllowed(request)) return refused;
    const parts = { inspectorUrl, nonce: randomBytes(16).toString('base64url') };
    return {
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': bridgePolicy(parts),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
      body: bridgePage(parts),
    };
  }

  function connect(socket: Socket<Page>): Promise<FrameStream> {
    return options.open({
      frame(text) {
        if (socket.send(text) === 'dropped') socket.close(TRY_AGAIN_LATER, 'too slow');
      },
      closed(code, reason) {
        socket.close(code === 1000 || code === TRY_AGAIN_LATER ? code : UPSTREAM_FAILED, reason);
        options.ended(code, reason);
      },
    });
  }

  const server = await listenWs({
    host: HOST,
    port: options.port,
    maxBodyBytes: 1_024,
    http: [{ method: 'GET', path: '/', handle: page }],
    sockets: [
      {
        path: '/frames',
        maxPayloadBytes: 1_024,
        maxBackpressureBytes: MAX_BACKPRESSURE_BYTES,
        idleTimeoutS: IDLE_TIMEOUT_S,
        authorize: request =>
          isAllowed(request) && !isForeign(request, null)
            ? { accept: { stream: null } }
            : { refuse: refused },
        opened(socket: Socket<Page>) {
          socket.data.stream = connect(socket);
          socket.data.stream.catch(error => {
            socket.close(UPSTREAM_FAILED, shortened(error instanceof Error ? error.message : String(error)));
            options.onError(error);
          });
        },
        message() {},
        closed(socket: Socket<Page>) {
          socket.data.stream?.then(
            stream => stream.close(),
            () => {},
          );
        },
      },
    ],
    onError: options.onError,
  });
  return {
    link: `http://${HOST}:${server.port}/?token=${token.reveal()}`,
    close: () => server.close(),
  };
}

function shortened(reason: string): string {
  return Buffer.from(reason).subarray(0, LONGEST_REASON_BYTES).toString('utf8').replace(/�+$/, '');
}
