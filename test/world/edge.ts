import type { HttpResponse } from '../../runtime/cloud/transport.ts';
import type { EdgePlan } from '../../runtime/edge/edge-storage.ts';
import type { Strategy } from '../../runtime/placement/places.ts';
import { type CallDoor, edgeWebhooks } from '../../src/edge/webhooks.ts';
import { Secret } from '../../src/secret.ts';
import type { ExpectedCall } from '../../src/telephony/reception.ts';
import { carrierAccess } from '../../src/telephony/signature.ts';
import { CallObject, type EdgeWorld } from './call-object.ts';
import type { Host, NetworkRequest } from './network.ts';
import { AUTH_TOKEN } from './phone-call.ts';
import { Process } from './process.ts';
import { requestOf } from './server-host.ts';

export interface EdgeOptions extends EdgeWorld {
  /** How the call is to be worked on, and by which nodes. */
  placement(callSid: string): { strategy: Strategy; clouds: readonly string[] };
}

export const EDGE_ORIGIN = 'https://edge.world';
const MEDIA = /^\/twilio\/media\/(CA[0-9a-f]{32})$/;

/** The edge: a Worker that always answers, and one object for each call behind it. */
export class Edge implements Host {
  readonly process: Process;
  readonly accepts = true;
  readonly objects = new Map<string, CallObject>();
  readonly #options: EdgeOptions;
  readonly #webhooks: ReturnType<typeof edgeWebhooks>;
  readonly #access = carrierAccess({ authToken: new Secret(AUTH_TOKEN), publicUrl: EDGE_ORIGIN });

  constructor(options: EdgeOptions) {
    this.#options = options;
    this.process = new Process('edge', options.clock);
    options.network.host(EDGE_ORIGIN, this);
    this.#webhooks = edgeWebhooks({
      access: this.#access,
      accountSid: null,
      defaults: { edgeRegion: 'auto', latencyTargetMs: 500, qualityMode: 'balanced' },
      origin: EDGE_ORIGIN,
      plan: expected => Promise.resolve(this.#plan(expected)),
      call: callSid => this.#door(callSid),
      newToken: () => String(options.chance()),
      onError: error => options.complained('edge', 'a webhook could not be served', { err: error }),
    });
  }

  /** Objects that have not forgotten their calls yet. */
  get kept(): CallObject[] {
    return [...this.objects.values()].filter(({ storage }) => !storage.isEmpty);
  }

  request(asked: NetworkRequest): Promise<HttpResponse> {
    return this.#webhooks.handle(requestOf(asked));
  }

  upgrade(asked: NetworkRequest): ReturnType<Host['upgrade']> {
    const callSid = MEDIA.exec(asked.path)?.[1];
    if (!callSid) return { refuse: 'there is no such socket' };
    const refusal = this.#access.authorizeUpgrade(requestOf(asked));
    if (refusal) return { refuse: `it answers ${refusal.status}` };
    const object = this.#object(callSid);
    return { process: object.door, open: end => void object.accept(end) };
  }

  #object(callSid: string): CallObject {
    const object = this.objects.get(callSid) ?? new CallObject(callSid, this.#options);
    this.objects.set(callSid, object);
    return object;
  }

  /** What an object says is lost when it is evicted meanwhile. */
  #door(callSid: string): CallDoor {
    const object = this.#object(callSid);
    return {
      announce: async (plan, token) =>
        (await object.call()).announce(JSON.parse(JSON.stringify(plan)), token),
      expectAgain: async token => (await object.call()).expectAgain(token),
      afterStream: async () => (await object.call()).afterStream(),
      dialed: async status => (await object.call()).dialed(status),
      status: async status => (await object.call()).status(status),
    };
  }

  #plan({ callSid, accountSid, from, to, direction, parameters }: ExpectedCall): EdgePlan {
    const { placement, clock } = this.#options;
    const { strategy, clouds } = placement(callSid);
    const wish = { callSid, accountSid, from, to, direction, parameters: { ...parameters } };
    return {
      wish,
      start: {
        agent: 'default',
        callId: `edge-${callSid}`,
        callSid,
        node: 'edge',
        from,
        to,
        direction,
        flow: 'world',
        flowVersion: 'world',
        language: 'en-US',
        startedAt: clock.wallTime(),
        parameters: { ...parameters },
      },
      agent: null,
      strategy,
      mayStay: true,
      explanations: [],
      clouds,
    };
  }
}
