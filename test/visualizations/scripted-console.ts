import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type WebSocket, WebSocketServer } from 'ws';
import { pageRoutes } from '../../src/console/pages.ts';
import type {
  CallRow,
  ConsoleMessage,
  ConsoleRequest,
  FlowAnswer,
  SessionAnswer,
  SoftphoneChoices,
} from '../../src/console/protocol.ts';
import { openingOf, STEPS } from './scripted-calls.ts';

const picture = fileURLToPath(new URL('../../visualizations/order-status.svg', import.meta.url));
const KEY = 'the-key-of-this-test';

const softphone: SoftphoneChoices = {
  flows: [
    {
      name: 'order-status',
      languages: ['en', 'es', 'de'],
      isServed: true,
      description: 'The automated order line of Acme.',
    },
    { name: 'appointment-booking', languages: ['en'], isServed: false, description: 'Books appointments.' },
  ],
  agents: [{ name: 'default', flow: 'order-status', language: 'en-US' }],
};

const flow: FlowAnswer = {
  name: 'order-status',
  version: '4c1d07aa92',
  isServed: true,
  languages: ['en', 'es'],
  states: [],
  facts: {},
  study: {
    version: '4c1d07aa92',
    findings: [
      {
        rule: 'no-way-out',
        severity: 'error',
        flow: 'order-status',
        state: 'lookingUp',
        file: 'order-status.ts',
        problem: 'A caller who says nothing stays here for ever.',
        why: 'The line is silent, and the call costs money until somebody hangs up.',
        mend: 'Give the state an `after` that leads on.',
      },
      {
        rule: 'confusable',
        severity: 'warning',
        flow: 'order-status',
        state: 'answering.anythingElse',
        file: 'order-status.ts',
        problem: '“no” and “know” sound alike.',
        why: 'The wrong choice is made in one of five calls.',
        mend: 'Say “that is all” instead.',
      },
    ],
    scenarios: { passed: 14, failed: 1, other: 0, problem: null },
    coverage: {
      states: [
        { id: 'orderStatus.lookingUp', name: 'lookingUp', hits: 6 },
        { id: 'orderStatus.lookupFailed', name: 'lookupFailed', hits: 0 },
      ],
      transitions: [{ id: 'a|b|0', name: 'lookingUp – tool.failed → lookupFailed', hits: 0 }],
    },
  },
};

const rate = (share: number) => ({
  count: Math.round(share * 240),
  share,
  low: Math.max(0, share - 0.06),
  high: Math.min(1, share + 0.06),
});
const results = ['4c1d07aa92', '90be11f003'].map((version, index) => ({
  flow: 'order-status',
  version,
  firstAt: 1_779_000_000_000,
  lastAt: 1_780_000_000_000,
  calls: 240 - index * 70,
  outcomes: { completed: rate(0.62), hungUp: rate(0.2), transferred: rate(0.15), silence: rate(0.03) },
  endedIn: {},
  meanDurationS: 74,
  meanTurns: 6.4,
  notUnderstoodPerHundred: 4.2,
  interruptedPerHundred: 11,
  meanModelCostUsd: 0.0041,
}));

const endedCalls = Array.from({ length: 60 }, (_, number) => ({
  callId: `ended-${number}`,
  callSid: `CB${number}`,
  node: 'node-1',
  state: 'ended',
  live: false,
  from: `+1202555${String(1_000 + number)}`,
  to: '+12025550100',
  direction: 'inbound',
  flow: 'order-status',
  flowVersion: '4c1d07aa92',
  startedAt: 1_780_000_000_000 - number * 600_000,
  durationMs: 30_000 + number * 1_700,
  outcome: ['completed', 'hungUp', 'transferred', 'silence', 'providersFailed'][number % 5],
}));

/**
 * The console's server for tests of the pages alone: the product's own page routes, and answers that are written here.
 * What the pages do with the real server is tested with the real server.
 */
export class ScriptedConsole {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new WebSocketServer({ server: this.#server, path: '/api/live' });
  readonly #watching = new Map<WebSocket, number>();
  readonly #routes: ReturnType<typeof pageRoutes>;
  /** Live calls. */
  calls: CallRow[] = [];
  needsKey = false;
  #isIn = false;

  constructor(folder: string) {
    this.#routes = pageRoutes(folder);
    this.#sockets.on('connection', socket => this.#connected(socket));
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Tells every page that watches. */
  tell(changed: readonly CallRow[], gone: readonly string[] = []): void {
    for (const [socket, watch] of this.#watching) say(socket, { type: 'callsChanged', watch, changed, gone });
  }

  /** As a network that breaks. */
  drop(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  async close(): Promise<void> {
    this.drop();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #connected(socket: WebSocket): void {
    if (this.needsKey && !this.#isIn) {
      socket.close(1008);
      return;
    }
    say(socket, { type: 'hello', version: 'test', now: Date.now(), readOnly: false });
    socket.on('close', () => this.#watching.delete(socket));
    socket.on('message', data => {
      const request = JSON.parse(data.toString()) as ConsoleRequest;
      if (request.type === 'watchCalls') {
        this.#watching.set(socket, request.watch);
        say(socket, { type: 'calls', watch: request.watch, all: this.calls });
      } else if (request.type === 'watchCall')
        say(socket, {
          type: 'call',
          watch: request.watch,
          call: openingOf(request.callSid),
          entries: [],
          steps: STEPS,
          toCome: 0,
        });
      else this.#watching.delete(socket);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith('/api/')) return this.#page(pathname, request, response);
    if (pathname === '/api/session') return this.#session(request, response);
    if (this.needsKey && !this.#isIn) return send(response, 401, { error: 'Sign in with the API key.' });

    if (pathname.endsWith('.svg')) {
      response.writeHead(200, { 'content-type': 'image/svg+xml' });
      response.end(readFileSync(picture));
    } else send(response, ...(this.#data(pathname) ?? [404, { error: `There is nothing at ${pathname}.` }]));
  }

  #data(pathname: string): [number, unknown] | null {
    switch (pathname) {
      case '/api/softphone':
        return [200, softphone];
      case '/api/calls':
        return [200, { calls: endedCalls, next: null }];
      case '/api/flows':
        return [
          200,
          {
            flows: [
              {
                name: 'order-status',
                version: '4c1d07aa92',
                languages: ['en', 'es'],
                agents: [{ name: 'default', weight: 1 }],
                live: { '4c1d07aa92': { lookingUp: 3 } },
              },
              {
                name: 'appointment-booking',
                version: '9a27d727c1',
                languages: ['en'],
                agents: [],
                live: {},
              },
            ],
          },
        ];
      case '/api/flows/order-status':
      case '/api/flows/appointment-booking':
        return [200, { ...flow, name: pathname.slice('/api/flows/'.length) }];
      case '/api/flows/results':
        return [200, { results }];
      default:
        return null;
    }
  }

  async #session(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST') {
      let body = '';
      for await (const piece of request) body += piece;
      this.#isIn = (JSON.parse(body) as { key: string }).key === KEY;
      if (!this.#isIn) return send(response, 401, { error: 'This is not the key of this server.' });
    }
    const access = this.needsKey ? (this.#isIn ? 'session' : 'none') : 'loopback';
    const answer: SessionAnswer = { access, readOnly: false, canLogIn: this.needsKey, version: 'test' };
    send(response, 200, answer);
  }

  async #page(pathname: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = /^\/assets\/([^/]+)$/.exec(pathname)?.[1];
    const route =
      this.#routes.find(({ path }) => path === (file ? '/assets/:file' : pathname)) ?? this.#routes[0]!;
    const answer = await route.handle({
      method: 'GET',
      path: pathname,
      params: { file: file ?? '' },
      query: '',
      headers: request.headers as Record<string, string>,
      body: Buffer.alloc(0),
    } as unknown as Parameters<typeof route.handle>[0]);
    response.writeHead(answer.status, { ...answer.headers });
    response.end(answer.body);
  }
}

function say(socket: WebSocket, message: ConsoleMessage): void {
  socket.send(JSON.stringify(message));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
