import type { Log } from '../../runtime/call.ts';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import type { CallStart } from '../../runtime/journal.ts';
import { errorResponse } from '../api/json-response.ts';
import type { CallBounds } from '../regions/call-bounds.ts';
import type { CallStore } from '../storage/call-store.ts';
import type { NodeRegistry, Peer } from '../storage/node-registry.ts';
import { onOtherAddress, SENT_ON_BY, type SendRequest, sendRequest } from './forward-webhook.ts';

export interface PeersOptions {
  registry: Pick<NodeRegistry, 'peers' | 'ownerOf'>;
  /** Name of this node. */
  node: string;
  isDraining(): boolean;
  /** Where calls may be, and what tells it of one. */
  bounds: Pick<CallBounds, 'isOpen' | 'refusal' | 'mayBeAt'>;
  store: Pick<CallStore, 'peek'>;
  /** Of other regions, for the carrier, by their names. */
  regionUrls: Readonly<Partial<Record<string, string>>>;
  log: Log;
  /** Default: over HTTP. */
  send?: SendRequest;
}

/** How many are asked before this node does it itself. */
const MOST_ASKED = 2;
/** Where this node may not; a carrier waits some 15 s. */
const MOST_ASKED_ELSEWHERE = 6;
/** The carrier's signature is over another address. */
const NOT_SIGNED = 403;
const NOT_HERE = 409;

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
    const { answer } = await this.#ask(request, () => this.#options.registry.peers(), MOST_ASKED);
    return answer;
  }

  /**
   * About a call that this node does not have: whoever runs it answers, while that node lives, and else somebody who may
   * go on with it, where this node may not. Null: answer it here.
   */
  async answerKnown(request: HttpRequest, callSid: string): Promise<HttpResponse | null> {
    const { bounds, store, registry, isDraining } = this.#options;
    const start = bounds.isOpen ? null : ((await store.peek(callSid))?.start ?? null);
    const refusal = start && bounds.refusal(start);
    if (isSentOn(request)) return refusal === null ? null : errorResponse(NOT_HERE, refusal);

    const find = async () => {
      const owner = await registry.ownerOf(callSid);
      const others = isDraining() || refusal !== null ? await registry.peers() : [];
      const able = others.filter(
        ({ node, region }) => node !== owner?.node && mayTake(bounds, start, region),
      );
      return [...(owner ? [owner] : []), ...able];
    };
    if (refusal === null) return (await this.#ask(request, find, MOST_ASKED)).answer;
    const { answer, unsigned } = await this.#ask(request, find, MOST_ASKED_ELSEWHERE);
    return answer ?? this.#redirect(request, start, unsigned);
  }

  /** A node of another address lives: the carrier signs anew what it asks there. */
  #redirect(request: HttpRequest, start: CallStart | null, unsigned: readonly Peer[]): HttpResponse | null {
    const { bounds, node, regionUrls } = this.#options;
    const home = unsigned.find(({ region }) => regionUrls[region] && mayTake(bounds, start, region));
    return home ? onOtherAddress(request, regionUrls[home.region] as string, node) : null;
  }

  async #ask(
    request: HttpRequest,
    find: () => Promise<Peer[]>,
    most: number,
  ): Promise<{ answer: HttpResponse | null; unsigned: Peer[] }> {
    const { log, node, send = sendRequest } = this.#options;
    const unsigned: Peer[] = [];
    const peers = await find().catch(error => {
      log.warn({ err: error }, 'Other nodes could not be looked for.');
      return [];
    });
    const sentOn = { ...request, headers: { ...request.headers, [SENT_ON_BY]: node } };
    for (const peer of peers.slice(0, most)) {
      try {
        const answer = await send(peer.url, sentOn);
        if (answer.status < 300) return { answer, unsigned };
        if (answer.status === NOT_SIGNED) unsigned.push(peer);
        log.warn({ peer: peer.node, status: answer.status }, 'Another node refused a webhook.');
      } catch (error) {
        log.warn({ peer: peer.node, err: error }, 'Another node did not answer.');
      }
    }
    return { answer: null, unsigned };
  }
}

function mayTake(bounds: PeersOptions['bounds'], start: CallStart | null, region: string): boolean {
  return start === null || bounds.mayBeAt(start, region);
}

function isSentOn(request: HttpRequest): boolean {
  return request.headers[SENT_ON_BY] !== undefined;
}
