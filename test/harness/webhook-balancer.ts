import { createServer, type IncomingMessage, type Server } from 'node:http';

/** A carrier waits some 15 s for an answer; meanwhile a node may come back. */
const PATIENCE_MS = 14_000;
const RETRY_MS = 25;
/** Longer than any client's, which else would use a connection that is just being closed. */
const KEEP_ALIVE_MS = 60_000;

/**
 * What stands before the nodes, for webhooks alone: asks the first that can be reached, and all of them again while none can.
 * Streams go to the nodes themselves.
 */
export class WebhookBalancer {
  readonly url: string;
  /** Origins, the preferred first; may be changed at any time. */
  nodes: readonly string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  static async start(): Promise<WebhookBalancer> {
    const server = createServer(async (request, response) => {
      const answer = await balancer.#pass(request);
      if (!answer) response.writeHead(502).end();
      else response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
    });
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const balancer = new WebhookBalancer(server);
    return balancer;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #pass(request: IncomingMessage) {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const init = {
      method: request.method ?? 'POST',
      headers: { 'content-type': request.headers['content-type'] ?? '' },
      body: Buffer.concat(pieces),
    };
    for (const untilMs = performance.now() + PATIENCE_MS; performance.now() < untilMs; ) {
      for (const node of this.nodes) {
        try {
          const answer = await fetch(node + (request.url ?? ''), init);
          const type = answer.headers.get('content-type') ?? 'text/plain';
          return { status: answer.status, type, body: await answer.text() };
        } catch {
          // Nobody is there: the next one, or the same once more.
        }
      }
      await new Promise(resolve => setTimeout(resolve, RETRY_MS));
    }
    return null;
  }
}
