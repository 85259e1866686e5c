import { randomUUID } from 'node:crypto';
import type { DurableObjectState, WebSocket as WorkersSocket } from '@cloudflare/workers-types';
import { CallHost } from '../../runtime/call-host.ts';
import { systemClock as clock } from '../../runtime/clock.ts';
import { CarrierStream } from '../../runtime/edge/carrier-stream.ts';
import { EdgeCall } from '../../runtime/edge/edge-call.ts';
import type { EdgePlan } from '../../runtime/edge/edge-storage.ts';
import type { OpenHost } from '../../runtime/edge/edge-work.ts';
import type { CallUpdate } from '../../runtime/edge/update.ts';
import type { CarrierSocket } from '../../runtime/ports.ts';
import { Secret } from '../secret.ts';
import { agentConfig } from './agent-config.ts';
import { Capacity } from './capacity-object.ts';
import { cloudClient } from './cloud-client.ts';
import { DurableStorage } from './durable-storage.ts';
import { chartOf } from './flows.ts';
import { kvResponses } from './kv-responses.ts';
import { edgeLog as log } from './log.ts';
import { edgePlace } from './plan-call.ts';
import { openEdgeProviders } from './providers.ts';
import { type EdgeConfig, readEdgeConfig } from './settings.ts';
import { type EdgeEnv, socketPair, switchProtocols } from './workers.ts';

/**
 * One call's Durable Object: a shell that gives an `EdgeCall` the platform's storage, sockets and alarm. The Worker speaks to it over HTTP:
 * the webhooks' questions, the carrier's upgrade, and start, update and end for whoever else watches.
 */
export class CallObject {
  readonly #config: EdgeConfig;
  readonly #env: EdgeEnv;
  readonly #call: EdgeCall;
  #capacity: Capacity | null = null;

  constructor(state: DurableObjectState, env: EdgeEnv) {
    this.#env = env;
    this.#config = readEdgeConfig(env);
    const cloud = cloudClient(this.#config.edgeSecret ?? new Secret(randomUUID()));
    this.#call = new EdgeCall({
      clock,
      log,
      storage: new DurableStorage(state.storage),
      openHost: (plan, hooks) => this.#openHost(plan, hooks),
      connect: cloud.connect,
      archive: cloud.archive,
      tellCloud: cloud.tell,
      places: plan => this.#places(plan),
      slot: {
        hold: plan => this.#count(plan, capacity => capacity.hold(plan.start.callSid)),
        free: plan => this.#count(plan, capacity => capacity.free(plan.start.callSid)),
      },
    });
    void state.blockConcurrencyWhile(() => this.#call.wake());
  }

  async fetch(request: Request): Promise<Response> {
    if (request.headers.get('upgrade') === 'websocket') return this.#accept();
    const { pathname } = new URL(request.url);
    const body = request.body ? await request.json() : null;
    const answer = await this.#answer(pathname, body as Record<string, unknown> | null);
    return answer === null
      ? Response.json({ error: 'There is no such call.' }, { status: 404 })
      : Response.json(answer);
  }

  alarm(): Promise<void> {
    return this.#call.alarm();
  }

  /** Null: there is no call to ask it of. */
  async #answer(path: string, body: Record<string, unknown> | null): Promise<unknown> {
    const call = this.#call;
    switch (path) {
      case '/start':
        await call.announce(body?.plan as EdgePlan, String(body?.token));
        return { isExpected: true };
      case '/again':
        await call.expectAgain(String(body?.token));
        return { isExpected: true };
      case '/after':
        return call.afterStream();
      case '/dialed':
        return { isServed: await call.dialed(String(body?.status)) };
      case '/status':
        await call.status(String(body?.status));
        return {};
      case '/update':
        return (await call.update(body as CallUpdate)) ? {} : null;
      case '/end':
        return (await call.update({ end: body?.now === true ? 'now' : 'goodbye' })) ? {} : null;
      case '/hand-off':
        return { isTaken: await call.handOff() };
      default:
        return call.stage === 'none'
          ? null
          : { stage: call.stage, cloud: call.cloud, state: call.edge?.call?.state };
    }
  }

  #accept(): Response {
    const [theirs, ours] = socketPair();
    ours.accept();
    const stream = new CarrierStream({
      call: this.#call,
      socket: carrierSocket(ours),
      clock,
      failed: error => log.error({ err: error }, 'A call could not begin.'),
    });
    ours.addEventListener('message', ({ data }) => stream.message(data as string | ArrayBuffer));
    ours.addEventListener('close', ({ code, reason }) => stream.closed(code, reason));
    ours.addEventListener('error', () => stream.closed(1006, ''));
    return switchProtocols(theirs);
  }

  #openHost(plan: EdgePlan, hooks: Parameters<OpenHost>[1]): CallHost {
    const agent = agentConfig.parse(plan.agent);
    const { maxCallS, silenceS, agentSilenceMs } = this.#config;
    return new CallHost({
      clock,
      log,
      ...hooks,
      placement: 'edge',
      node: plan.start.node,
      keepsLogs: true,
      providers: openEdgeProviders({
        agent,
        config: this.#config,
        clock,
        random: Math.random,
        responses: kvResponses({
          kv: this.#env.CACHE,
          clock,
          secret: this.#config.edgeSecret,
          start: plan.start,
          chart: chartOf(plan.start),
        }),
      }),
      flow: chartOf,
      voice: agent.voice,
      transferNumber: agent.transferNumber,
      delays: { silence: silenceS * 1_000, longestCall: maxCallS * 1_000 },
      settings: { longestSilenceMs: agentSilenceMs },
    });
  }

  #places(plan: EdgePlan) {
    const { slots, cloudUsdPerMinute } = this.#config;
    const count = this.#capacity?.latest ?? { used: 1, slots };
    return {
      edge: edgePlace(agentConfig.parse(plan.agent), count, this.#config),
      cloud: { isOpen: plan.clouds.length > 0, usdPerMinute: cloudUsdPerMinute, addsMs: null },
    };
  }

  /** A count that cannot be reached harms no call: its lease runs out. */
  #count(plan: EdgePlan, ask: (capacity: Capacity) => Promise<unknown>): void {
    this.#capacity ??= new Capacity(this.#env.CAPACITY, plan.start.node, this.#config.slots);
    ask(this.#capacity).catch(error =>
      log.warn({ err: error }, 'The slots of the edge could not be counted.'),
    );
  }
}

/** The platform tells nothing of what waits unsent. */
function carrierSocket(socket: WorkersSocket): CarrierSocket {
  let isOpen = true;
  socket.addEventListener('close', () => {
    isOpen = false;
  });
  return {
    bufferedBytes: 0,
    send(text) {
      if (!isOpen) return 'dropped';
      socket.send(text);
      return 'sent';
    },
    close(code, reason) {
      if (!isOpen) return;
      isOpen = false;
      socket.close(code, reason);
    },
  };
}
