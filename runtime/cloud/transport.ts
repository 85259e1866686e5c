/**
 * The HTTP and WebSocket server the product stands on, small enough that uWebSockets.js and `ws` both provide it. The
 * same tests run on both.
 */

export interface HttpRequest {
  method: string;
  /** Path without query. */
  path: string;
  /** Named parts of the route's path. */
  params: Readonly<Record<string, string>>;
  /** Raw query string without `?`, as it came: signatures are over the exact text. */
  query: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  remoteAddress: string;
}

export interface HttpResponse {
  status: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

export interface HttpRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Parts beginning with `:` are parameters: `/api/calls/:callSid`. */
  path: string;
  /** A larger request body is refused with 413. Default: the server's. */
  maxBodyBytes?: number;
  handle(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
}

export interface Socket<Data> {
  readonly data: Data;
  /**
   * Text as text, bytes as binary; bytes must not change afterwards.
   * `queued`: taken, but the peer is slow; `dropped`: over `maxBackpressureBytes`, or the socket is closed.
   */
  send(message: string | Uint8Array): 'sent' | 'queued' | 'dropped';
  readonly bufferedBytes: number;
  /** Sends a close frame; safe to call twice. */
  close(code: number, reason: string): void;
}

export interface SocketRoute<Data> {
  path: string;
  /** A larger frame closes the socket. */
  maxPayloadBytes: number;
  /** What may wait unsent before `send` drops. */
  maxBackpressureBytes: number;
  /** A socket that is silent this long, pings included, is closed. 8 … 960 s. */
  idleTimeoutS: number;
  /** Decides on an upgrade before it happens: the socket's data, or the refusal to answer with. */
  authorize(request: HttpRequest): { accept: Data } | { refuse: HttpResponse };
  opened?(socket: Socket<Data>): void;
  /** `message` is valid only during the call: copy it to keep it. */
  message(socket: Socket<Data>, message: Buffer, isBinary: boolean): void;
  /** The peer caught up after backpressure. */
  drained?(socket: Socket<Data>): void;
  closed(socket: Socket<Data>, code: number, reason: string): void;
}

export interface ServerOptions {
  host: string;
  /** 0 picks a free port. */
  port: number;
  /** A request body over this is refused with 413. */
  maxBodyBytes: number;
  http: readonly HttpRoute[];
  // biome-ignore lint/suspicious/noExplicitAny: each route's data type is its own affair.
  sockets: readonly SocketRoute<any>[];
  /** A handler threw: the peer gets a bare 500, and this hears the error. */
  onError(error: unknown): void;
}

export interface Server {
  readonly transport: 'uws' | 'ws';
  readonly port: number;
  /** Refuses new connections; those that are open live on. */
  stopAccepting(): void;
  /** Closes every connection and frees the port. */
  close(): Promise<void>;
}
