import type { Log } from '../../runtime/call.ts';
import { type Clock, passing } from '../../runtime/clock.ts';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import type { CallStart } from '../../runtime/journal.ts';
import { errorResponse } from '../api/json-response.ts';
import type { CallBounds } from '../regions/call-bounds.ts';
import type { CallStore } from '../storage/call-store.ts';
import type { NodeRegistry, Peer } from '../storage/node-registry.ts';
import {
  NoAnswerInTime,
  onOtherAddress,
  SENT_ON_BY,
  type SendRequest,
  sendRequest,
} from './forward-webhook.ts';

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
  clock: Clock;
  log: Log;
  /** Default: over HTTP. */
  send?: SendRequest;
}

/** How many are asked before this node does it itself. */
const MOST_ASKED = 2;
/** Where this node may not; a carrier waits some 15 s. */
const MOST_ASKED_ELSEWHERE = 6;
/** Between two looks for who runs a call: whoever takes it over without having looked takes it from a node that is well. */
const LOOK_AGAIN_MS = [50, 200, 500, 1_000, 2_000];
/** One that may only have much to do is asked once more, and given longer, before it is taken for dead. */
const SECOND_TIMEOUT_MS = 3_000;
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
    const { registry, log } = this.#options;
    const peers = await registry.peers().catch(error => {
      log.warn({ err: error }, 'Other nodes could not be looked for.');
      return [];
    });
    return (await this.#ask(request, peers, MOST_ASKED)).answer;
  }

  /**
   * About a call that this node does not have: whoever runs it answers, while that node lives, and else somebody who may
   * go on with it, where this node may not. `hasLeft`: this node has just let the call go, or finds that another has it, and must
   * not take it back for whoever asked before that. Null: answer it here. Rejects when it cannot be found out who runs it.
   */
  async answerKnown(request: HttpRequest, callSid: string, hasLeft = false): Promise<HttpResponse | null> {
    const { bounds, store, registry, isDraining } = this.#options;
    const found = bounds.isOpen ? null : await this.#untilFound(() => store.peek(callSid));
    const start = found?.start ?? null;
    const refusal = start && bounds.refusal(start);
    if (isSentOn(request)) {
      const why = refusal ?? (hasLeft ? 'The call has left this node.' : null);
      return why === null ? null : errorResponse(NOT_HERE, why);
    }

    const find = async () => {
      const owner = await registry.ownerOf(callSid);
      const others = isDraining() || refusal !== null ? await registry.peers() : [];
      const able = others.filter(
        ({ node, region }) => node !== owner?.node && mayTake(bounds, start, region),
      );
      return { peers: [...(owner ? [owner] : []), ...able], owner };
    };
    const { peers, owner } = await this.#untilFound(find);
    const most = refusal === null ? MOST_ASKED : MOST_ASKED_ELSEWHERE;
    const { answer, unsigned } = await this.#ask(request, peers, most, owner);
    return answer ?? (refusal === null ? null : this.#redirect(request, start, unsigned));
  }

  /** A node of another address lives: the carrier signs anew what it asks there. */
  #redirect(request: HttpRequest, start: CallStart | null, unsigned: readonly Peer[]): HttpResponse | null {
    const { bounds, node, regionUrls } = this.#options;
    const home = unsigned.find(({ region }) => regionUrls[region] && mayTake(bounds, start, region));
    return home ? onOtherAddress(request, regionUrls[home.region] as string, node) : null;
  }

  async #untilFound<T>(find: () => Promise<T>): Promise<T> {
    const { clock, log } = this.#options;
    for (const waitMs of LOOK_AGAIN_MS) {
      try {
        return await find();
      } catch (error) {
        log.warn({ err: error }, 'Other nodes could not be looked for.');
        await passing(waitMs, clock);
      }
    }
    return find();
  }

  async #ask(
    request: HttpRequest,
    peers: readonly Peer[],
    most: number,
    owner: Peer | null = null,
  ): Promise<{ answer: HttpResponse | null; unsigned: Peer[] }> {
    const { log, node, send = sendRequest } = this.#options;
    const sentOn = { ...request, headers: { ...request.headers, [SENT_ON_BY]: node } };
    const unsigned: Peer[] = [];
    const late: Peer[] = [];
    const askOne = async (peer: Peer, timeoutMs?: number): Promise<HttpResponse | null> => {
      try {
        const answer = await send(peer.url, sentOn, timeoutMs);
        // An owner that fails lives all the same, and the call is its own.
        if (answer.status < 300 || (peer === owner && answer.status >= 500)) return answer;
        if (answer.status === NOT_SIGNED) unsigned.push(peer);
        log.warn({ peer: peer.node, status: answer.status }, 'Another node refused a webhook.');
      } catch (error) {
        if (error instanceof NoAnswerInTime && timeoutMs === undefined) late.push(peer);
        log.warn({ peer: peer.node, err: error }, 'Another node did not answer.');
      }
      return null;
    };
    for (const peer of peers.slice(0, most)) {
      const answer = await askOne(peer);
      if (answer) return { answer, unsigned };
    }
    const [busy] = late;
    return { answer: busy ? await askOne(busy, SECOND_TIMEOUT_MS) : null, unsigned };
  }
}

function mayTake(bounds: PeersOptions['bounds'], start: CallStart | null, region: string): boolean {
  return start === null || bounds.mayBeAt(start, region);
}

function isSentOn(request: HttpRequest): boolean {
  return request.headers[SENT_ON_BY] !== undefined;
}
