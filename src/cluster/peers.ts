import type { Log } from '../../runtime/call.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import type { NodeRegistry, Peer } from '../storage/node-registry.ts';
import { SENT_ON_BY, type SendRequest, sendRequest } from './forward-webhook.ts';

export interface PeersOptions {
  registry: Pick<NodeRegistry, 'peers' | 'ownerOf'>;
  /** Name of this node. */
  node: string;
  isDraining(): boolean;
  clock: Clock;
  log: Log;
  /** Default: over HTTP. */
  send?: SendRequest;
}

/** How many are asked before this node does it itself. */
const MOST_ASKED = 2;
/** Between two looks for who runs a call: whoever takes it over without having looked takes it from a node that is well. */
const LOOK_AGAIN_MS = [50, 200];

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
    const { isDraining, registry, log } = this.#options;
    if (!isDraining() || isSentOn(request)) return null;
    const peers = await registry.peers().catch(error => {
      log.warn({ err: error }, 'Other nodes could not be looked for.');
      return [];
    });
    return this.#ask(request, peers);
  }

  /**
   * About a call that this node does not have: whoever runs it answers, while that node lives. Null: answer it here. Rejects
   * when it cannot be found out who runs it.
   */
  async answerKnown(request: HttpRequest, callSid: string): Promise<HttpResponse | null> {
    if (isSentOn(request)) return null;
    const { registry, isDraining } = this.#options;
    const { owner, others } = await this.#untilFound(async () => ({
      owner: await registry.ownerOf(callSid),
      others: isDraining() ? await registry.peers() : [],
    }));
    // Whatever it says: it lives, and the call is its own.
    const answer = owner && (await this.#send(request, owner));
    return (
      answer ?? this.#ask(request, others.filter(({ node }) => node !== owner?.node).slice(0, MOST_ASKED - 1))
    );
  }

  async #untilFound<T>(find: () => Promise<T>): Promise<T> {
    const { clock, log } = this.#options;
    for (const waitMs of LOOK_AGAIN_MS) {
      try {
        return await find();
      } catch (error) {
        log.warn({ err: error }, 'Other nodes could not be looked for.');
        await new Promise<void>(resolve => clock.setTimeout(resolve, waitMs));
      }
    }
    return find();
  }

  async #ask(request: HttpRequest, peers: readonly Peer[]): Promise<HttpResponse | null> {
    for (const peer of peers.slice(0, MOST_ASKED)) {
      const answer = await this.#send(request, peer);
      if (answer && answer.status < 300) return answer;
    }
    return null;
  }

  /** Null where nobody answers. */
  async #send(request: HttpRequest, peer: Peer): Promise<HttpResponse | null> {
    const { log, node, send = sendRequest } = this.#options;
    try {
      const answer = await send(peer.url, {
        ...request,
        headers: { ...request.headers, [SENT_ON_BY]: node },
      });
      if (answer.status >= 300)
        log.warn({ peer: peer.node, status: answer.status }, 'Another node refused a webhook.');
      return answer;
    } catch (error) {
      log.warn({ peer: peer.node, err: error }, 'Another node did not answer.');
      return null;
    }
  }
}

function isSentOn(request: HttpRequest): boolean {
  return request.headers[SENT_ON_BY] !== undefined;
}
