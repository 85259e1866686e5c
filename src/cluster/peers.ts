import type { Log } from '../../runtime/call.ts';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import type { NodeRegistry, Peer } from '../storage/node-registry.ts';
import { SENT_ON_BY, type SendRequest, sendRequest } from './forward-webhook.ts';

export interface PeersOptions {
  registry: Pick<NodeRegistry, 'peers' | 'ownerOf'>;
  /** Name of this node. */
  node: string;
  isDraining(): boolean;
  log: Log;
  /** Default: over HTTP. */
  send?: SendRequest;
}

/** How many are asked before this node does it itself. */
const MOST_ASKED = 2;

/**
 * The other nodes, as those who can answer a carrier's webhook better: a balancer sends it to any node. A request is sent on
 * once at most.
 */
export class Peers {
  readonly #options: PeersOptions;

  constructor(options: PeersOptions) {
    this.#options = options;
  }

  /** About a call that begins: another's affair only while this node drains. Null: answer it here. */
  async answerNew(request: HttpRequest): Promise<HttpResponse | null> {
    if (!this.#options.isDraining() || isSentOn(request)) return null;
    return this.#ask(request, () => this.#options.registry.peers());
  }

  /** About a call that this node does not have: whoever runs it answers, while that node lives. Null: answer it here. */
  async answerKnown(request: HttpRequest, callSid: string): Promise<HttpResponse | null> {
    if (isSentOn(request)) return null;
    const { registry, isDraining } = this.#options;
    return this.#ask(request, async () => {
      const owner = await registry.ownerOf(callSid);
      const others = isDraining() ? await registry.peers() : [];
      return [...(owner ? [owner] : []), ...others.filter(({ node }) => node !== owner?.node)];
    });
  }

  async #ask(request: HttpRequest, find: () => Promise<Peer[]>): Promise<HttpResponse | null> {
    const { log, node, send = sendRequest } = this.#options;
    const peers = await find().catch(error => {
      log.warn({ err: error }, 'Other nodes could not be looked for.');
      return [];
    });
    const sentOn = { ...request, headers: { ...request.headers, [SENT_ON_BY]: node } };
    for (const peer of peers.slice(0, MOST_ASKED)) {
      try {
        const answer = await send(peer.url, sentOn);
        if (answer.status < 300) return answer;
        log.warn({ peer: peer.node, status: answer.status }, 'Another node refused a webhook.');
      } catch (error) {
        log.warn({ peer: peer.node, err: error }, 'Another node did not answer.');
      }
    }
    return null;
  }
}

function isSentOn(request: HttpRequest): boolean {
  return request.headers[SENT_ON_BY] !== undefined;
}
