import http from 'node:http';
import https from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * Connections that live from turn to turn, over HTTP/1.1: the SDK's default handler opens a new TLS connection for every
 * event stream.
 */
export interface Connections {
  readonly handler: NodeHttpHandler;
  /**
   * True for the error of a request that was written into a kept connection which the other side had already closed. No
   * part of it was answered, so it may be sent again; the other idle connections to that host are closed first.
   */
  wasStale(error: unknown): boolean;
  close(): void;
}

export function keepConnections(): Connections {
  const stale = new WeakMap<object, () => void>();
  const httpsAgent = noticeStale(new https.Agent({ keepAlive: true }), stale);
  const httpAgent = noticeStale(new http.Agent({ keepAlive: true }), stale);

  return {
    handler: new NodeHttpHandler({ httpAgent, httpsAgent }),
    wasStale(error) {
      const closeIdle = typeof error === 'object' && error ? stale.get(error) : undefined;
      closeIdle?.();
      return closeIdle !== undefined;
    },
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** `error` on a request comes only before its response; afterwards the response itself fails. */
function noticeStale<A extends http.Agent>(agent: A, stale: WeakMap<object, () => void>): A {
  const reuse = agent.reuseSocket.bind(agent);
  agent.reuseSocket = (socket, request) => {
    reuse(socket, request);
    request.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        stale.set(error, () => closeIdle(agent, request.host));
    });
  };
  return agent;
}

function closeIdle(agent: http.Agent, host: string): void {
  for (const [place, sockets] of Object.entries(agent.freeSockets))
    if (place.startsWith(`${host}:`)) for (const socket of [...(sockets ?? [])]) socket.destroy();
}
