import { type OutboundSocket, openSocket } from '../outbound-socket.ts';

/**
 * What this product uses of Deepgram's SDK, over the sockets and the `fetch` of a Worker; the SDK's own need Node's `ws`. It behaves like
 * the SDK towards `src/providers/deepgram`, faults included: a socket that cannot be opened reports its status in an error's message.
 */
export interface ClientOptions {
  apiKey: string;
  environment?: { base: string; production: string };
}

type Query = Readonly<Record<string, unknown>>;

const DEEPGRAM = { base: 'https://api.deepgram.com', production: 'wss://api.deepgram.com' };
/** Of the SDK's arguments, what is no part of the query. */
const NO_QUERY = new Set(['reconnectAttempts', 'connectionTimeoutInSeconds', 'text']);

export class DeepgramClient {
  readonly listen;
  readonly speak;

  constructor({ apiKey, environment = DEEPGRAM }: ClientOptions) {
    const headers = { authorization: `Token ${apiKey}` };
    const connect = (path: string) => async (query: Query) =>
      new DeepgramWebSocket(withQuery(environment.production.replace(/^ws/, 'http') + path, query), headers);
    this.listen = { v1: { connect: connect('/v1/listen') }, v2: { connect: connect('/v2/listen') } };
    this.speak = {
      v1: {
        connect: connect('/v1/speak'),
        audio: {
          generate: (query: Query, { abortSignal }: { abortSignal: AbortSignal }) => ({
            withRawResponse: () => generate(`${environment.base}/v1/speak`, query, headers, abortSignal),
          }),
        },
      },
    };
  }
}

/** What the SDK throws for a request that was refused. */
class DeepgramError extends Error {
  override readonly name = 'DeepgramError';
  readonly statusCode: number;
  readonly rawResponse: { headers: Headers };

  constructor(response: Response) {
    super(`Status code: ${response.status}`);
    this.statusCode = response.status;
    this.rawResponse = { headers: response.headers };
  }
}

async function generate(url: string, query: Query, headers: Record<string, string>, signal: AbortSignal) {
  const response = await fetch(withQuery(url, query), {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ text: query.text }),
    signal,
  });
  if (!response.ok) throw new DeepgramError(response);
  return { data: { stream: () => response.body }, rawResponse: response };
}

type Handlers = {
  open?: () => void;
  close?: (event: { code?: number; reason?: string }) => void;
  error?: (error: Error) => void;
};

const CLOSED = 3;
const OPEN = 1;

/** One of the SDK's sockets: not open before `connect()`, one handler for each event. */
class DeepgramWebSocket {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #handlers: Handlers = {};
  readonly #listeners: ((event: { data: unknown }) => void)[] = [];
  readonly #opening = new AbortController();
  #socket: OutboundSocket | null = null;

  constructor(url: string, headers: Record<string, string>) {
    this.#url = url;
    this.#headers = headers;
  }

  readonly socket = {
    addEventListener: (_: 'message', listener: (event: { data: unknown }) => void) => {
      this.#listeners.push(listener);
    },
  };

  get readyState(): number {
    return this.#socket?.isOpen ? OPEN : CLOSED;
  }

  on<Event extends keyof Handlers>(event: Event, handler: NonNullable<Handlers[Event]>): void {
    this.#handlers[event] = handler as Handlers[Event];
  }

  connect(): void {
    openSocket(this.#url, {
      headers: this.#headers,
      signal: this.#opening.signal,
      message: data => {
        for (const listener of this.#listeners) listener({ data });
      },
      closed: (code, reason) => this.#handlers.close?.({ code, reason }),
    }).then(
      socket => {
        this.#socket = socket;
        this.#handlers.open?.();
      },
      error => {
        // As the SDK: a close first that tells nothing, then the error.
        this.#handlers.close?.({ code: 1000, reason: '' });
        this.#handlers.error?.(error as Error);
      },
    );
  }

  close(): void {
    this.#opening.abort();
    this.#socket?.close(1000, '');
  }

  sendMedia(audio: Uint8Array): void {
    this.#send(audio);
  }

  sendKeepAlive(message: object): void {
    this.#send(JSON.stringify(message));
  }

  sendFinalize(message: object): void {
    this.#send(JSON.stringify(message));
  }

  sendCloseStream(message: object): void {
    this.#send(JSON.stringify(message));
  }

  sendConfigure(message: object): void {
    this.#send(JSON.stringify(message));
  }

  sendText(message: object): void {
    this.#send(JSON.stringify(message));
  }

  sendFlush(message: object): void {
    this.#send(JSON.stringify(message));
  }

  sendClear(message: object): void {
    this.#send(JSON.stringify(message));
  }

  sendClose(message: object): void {
    this.#send(JSON.stringify(message));
  }

  #send(data: string | Uint8Array): void {
    if (!this.#socket?.isOpen) throw new Error('Socket is not open.');
    this.#socket.send(data);
  }
}

function withQuery(url: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (NO_QUERY.has(name) || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one));
  }
  return `${url}?${params}`;
}
