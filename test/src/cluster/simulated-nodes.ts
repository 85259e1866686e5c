import type { Call } from '../../../runtime/call.ts';
import type { CallHost } from '../../../runtime/call-host.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { HttpRequest, HttpResponse, HttpRoute } from '../../../runtime/cloud/transport.ts';
import {
  type CloudMessage,
  type EdgeMessage,
  readCloudMessage,
  write,
} from '../../../runtime/edge/relay-messages.ts';
import type { FrozenCall } from '../../../runtime/frozen-call.ts';
import type { CallStart } from '../../../runtime/journal.ts';
import { callDesk } from '../../../src/call-desk.ts';
import { Cluster } from '../../../src/cluster/open-cluster.ts';
import type { Config } from '../../../src/config.ts';
import type { Area } from '../../../src/language/areas.ts';
import { CallBounds } from '../../../src/regions/call-bounds.ts';
import { isRegionName } from '../../../src/regions/cloud-regions.ts';
import { Secret } from '../../../src/secret.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import type { Database, Row } from '../../../src/storage/database.ts';
import { edgeDoor } from '../../../src/telephony/edge-door.ts';
import type { EdgeSocket, Relay } from '../../../src/telephony/edge-socket.ts';
import { Reception } from '../../../src/telephony/reception.ts';
import { twilioRoutes } from '../../../src/telephony/routes.ts';
import { quietLog } from '../../harness/sim-call.ts';
import { execute } from '../../world/database.ts';
import { Records } from '../../world/records.ts';
import { sampleSummary } from '../storage/sample-calls.ts';

export interface AgentPlace {
  name: string;
  number: string;
  residency: readonly Area[] | null;
}

export interface WorldOptions {
  agents: readonly AgentPlace[];
  /** Where each node is; empty for one that does not say. */
  regions: readonly string[];
  /** Hears of everything by which a call, or what was said in it, comes to a node. */
  touched(node: SimNode, start: CallStart, how: string): void;
  /** A node that drains has let a call go, for others to claim. */
  released(node: SimNode, start: CallStart): void;
}

const SECRET = 'edge-and-cloud-know-this';
const LINE_GRACE_MS = 15_000;
const HEARTBEAT_MS = 5_000;
const access = { authorizeWebhook: () => null, authorizeUpgrade: () => null, warning: null };

/** Nodes of the product that share records, as far as calls come to them and leave them. What is said in calls is not simulated. */
export class SimNodes {
  readonly clock = new SimulatedClock();
  readonly records = new Records();
  readonly nodes: SimNode[] = [];
  readonly options: WorldOptions;

  constructor(options: WorldOptions) {
    this.options = options;
  }

  static async start(options: WorldOptions): Promise<SimNodes> {
    const world = new SimNodes(options);
    for (const region of options.regions)
      world.nodes.push(await SimNode.start(world, world.nodes.length, region));
    return world;
  }

  async pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= HEARTBEAT_MS) {
      for (const node of this.nodes) if (node.isAlive) await node.store.heartbeat();
      await this.clock.advanceInside(Math.min(leftMs, HEARTBEAT_MS));
    }
  }

  async send(origin: string, request: HttpRequest): Promise<HttpResponse> {
    const node = this.nodes.find(({ url }) => url === origin);
    const about = this.records.find(new URLSearchParams(String(request.body)).get('CallSid') ?? '');
    if (node && about?.status === 'live')
      this.options.touched(node, about.start as unknown as CallStart, 'hand over');
    if (!node?.isAlive) throw new Error('no route to host');
    return node.answer(request);
  }
}

export class SimNode {
  readonly name: string;
  readonly url: string;
  readonly region: string;
  readonly store: CallStore;
  readonly cluster: Cluster;
  isAlive = true;
  isDraining = false;
  readonly #world: SimNodes;
  readonly #host: SimHost;
  readonly #http: readonly HttpRoute[];
  readonly #edge: EdgeSocket;

  private constructor(world: SimNodes, at: number, region: string) {
    const { clock, options } = world;
    const agents = options.agents.map(({ name }) => ({
      name,
      flows: { choose: () => ({ name: 'flow', version: '1' }), chartOf: () => ({}) as never },
      voice: 'voice',
      language: 'en-US',
      transferNumber: null,
    }));
    this.#world = world;
    this.name = `node-${at}`;
    this.url = `https://${this.name}.example.com`;
    this.region = region;
    this.store = new CallStore(this.#database(), { node: this.name, postCallJobs: ['summarise'] });
    this.#host = new SimHost(this, options);
    const host = this.#host as unknown as CallHost;
    const bounds = new CallBounds({
      agents: options.agents,
      own: isRegionName(region) ? region : null,
      node: this.name,
      isAlone: true,
    });
    this.cluster = new Cluster({
      ...{ host, bounds, clock, region },
      store: this.store,
      database: this.#database(),
      node: this.name,
      regionUrls: {},
      lineGraceMs: LINE_GRACE_MS,
      log: quietLog,
      send: (origin, request) => world.send(origin, request),
      isDraining: () => this.isDraining,
    });
    const desk = callDesk({
      host,
      clock,
      store: this.store,
      returning: this.cluster.returning,
      isDraining: () => this.isDraining,
      onAnswered() {},
    });
    const door = edgeDoor({
      ...{ host, desk, bounds, clock },
      config: { edgeSecret: new Secret(SECRET) } as Config,
      agents: {
        all: agents as never,
        agentFor: number => agents[options.agents.findIndex(agent => agent.number === number)] as never,
      },
      store: this.store,
      log: quietLog,
      isOpen: () => !this.isDraining,
      mayReturn: () => true,
      begin: ({ callSid, to }) => {
        const agent = options.agents.find(({ number }) => number === to)?.name;
        return this.#host.add({ ...startOf(callSid, to, this.name), ...(agent && { agent }) }, 'begin');
      },
      takeOver: (callSid, isWanted) => this.cluster.returning.takeOver(callSid, isWanted),
      agentFor: undefined,
    });
    this.#edge = door.sockets[0] as EdgeSocket;
    const reception = new Reception({
      clock,
      onExpired: ({ callSid }) => this.cluster.returning.streamNeverCame(callSid),
      onRefused() {},
    });
    this.#http = [
      ...twilioRoutes({
        ...{ access, reception, desk },
        origin: () => 'https://calls.example.com',
        otherNodes: this.cluster.otherNodes,
        maxCalls: 1_000,
        accountSid: null,
        defaults: { edgeRegion: 'local', latencyTargetMs: 800, qualityMode: 'balanced' },
        onError(error) {
          if (!/cannot go on here/.test(String(error))) throw error;
        },
      }),
      ...door.http,
    ];
  }

  static async start(world: SimNodes, at: number, region: string): Promise<SimNode> {
    const node = new SimNode(world, at, region);
    await node.cluster.join(node.url);
    return node;
  }

  has(callSid: string): boolean {
    return this.#host.bySid(callSid) !== undefined || this.cluster.returning.idOf(callSid) !== undefined;
  }

  async begin(start: CallStart): Promise<void> {
    await this.store.begin(start);
    this.#host.add(start, null);
  }

  kill(): void {
    this.isAlive = false;
    this.#host.clear();
  }

  async drain(): Promise<void> {
    this.isDraining = true;
    await this.cluster.beginDrain([{ moved: () => true }], Number.POSITIVE_INFINITY);
  }

  /** What the carrier is told, by the names of the verbs or else by the status. */
  async carrierAsks(path: 'resume' | 'status' | 'dialed', callSid: string): Promise<string> {
    const fields = {
      resume: {},
      status: { CallStatus: 'completed' },
      dialed: { DialCallStatus: 'no-answer' },
    };
    const form = new URLSearchParams({
      ...{ CallSid: callSid, AccountSid: `AC${'0'.repeat(32)}`, Direction: 'inbound' },
      ...{ From: '+12025550123', To: '+12025550100', CallStatus: 'in-progress', ...fields[path] },
    });
    const { status, body = '' } = await this.answer({
      method: 'POST',
      path: `/api/twilio/${path}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(String(form)),
      ...{ params: {}, query: '', remoteAddress: '127.0.0.1' },
    });
    const verbs = [...String(body).matchAll(/<(Connect|Say|Hangup|Dial)\b/g)].map(([, verb]) => verb);
    return verbs.join() || String(status);
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    const route = this.#http.find(({ path }) => path === request.path) as HttpRoute;
    return route.handle(request);
  }

  async edgeAsks(message: EdgeMessage): Promise<CloudMessage['event'] | 'nothing'> {
    const answers: CloudMessage[] = [];
    const relay = this.#edge.authorize(this.#request('/edge/relay', ''));
    if (!('accept' in relay)) throw new Error('The edge was not let in.');
    const socket = {
      data: relay.accept as Relay,
      bufferedBytes: 0,
      send(text: string | Uint8Array) {
        const answer = readCloudMessage(String(text));
        if (answer) answers.push(answer);
        return 'sent' as const;
      },
      close() {},
    };
    this.#edge.opened?.(socket);
    this.#edge.message(socket, Buffer.from(write(message)), false);
    await this.#world.clock.advanceInside(1);
    return answers[0]?.event ?? 'nothing';
  }

  async archive(start: CallStart): Promise<number> {
    const summary = sampleSummary(start);
    const { status } = await this.answer(
      this.#request('/edge/archive', JSON.stringify({ start, entries: [], summary })),
    );
    return status;
  }

  #request(path: string, body: string): HttpRequest {
    return {
      ...{ method: 'POST', path, params: {}, query: '', remoteAddress: '127.0.0.1' },
      headers: { authorization: `Bearer ${SECRET}` },
      body: Buffer.from(body),
    };
  }

  /** The records as this node reaches them, which tell what it claims and reads. */
  #database(): Database {
    const { clock, records, options } = this.#world;
    return {
      kind: 'postgresql',
      query: async (sql, params = []) => {
        if (!this.isAlive) throw new Error('dead');
        const rows: Row[] = execute(records, sql, params, clock.wallTime());
        if (/^\s*with found as/.test(sql))
          for (const { start } of rows) options.touched(this, start as CallStart, 'claim');
        if (/^\s*select (entry|seq, frozen) from/.test(sql)) {
          const read = records.calls.get(params[0] as string);
          if (read) options.touched(this, read.start as unknown as CallStart, 'read');
        }
        return rows as never;
      },
      transaction: () => Promise.reject(new Error('not here')),
      close: async () => {},
    };
  }
}

/** Calls without words: they are here, or they are not. */
class SimHost {
  readonly #calls = new Map<string, Call>();
  readonly #node: SimNode;
  readonly #options: WorldOptions;

  constructor(node: SimNode, options: WorldOptions) {
    this.#node = node;
    this.#options = options;
  }

  get size(): number {
    return this.#calls.size;
  }

  calls(): Call[] {
    return [...this.#calls.values()];
  }

  bySid(callSid: string): Call | undefined {
    return this.calls().find(({ start }) => start.callSid === callSid);
  }

  isOnRecord(): boolean {
    return true;
  }

  isFinishing(): boolean {
    return false;
  }

  clear(): void {
    this.#calls.clear();
  }

  add(start: CallStart, how: string | null): Call {
    if (how) this.#options.touched(this.#node, start, how);
    const end = ({ type }: { type: string }) => {
      if (type !== 'caller.hungUp' && type !== 'line.lost') return;
      this.#calls.delete(start.callId);
      void this.#node.store.finish(sampleSummary(start)).catch(() => {});
    };
    const call = {
      ...{ start, isOver: false, transferTo: null, send: end, resume() {} },
      root: { getSnapshot: () => ({ status: 'active' }) },
      line: { detach() {} },
    };
    this.#calls.set(start.callId, call as unknown as Call);
    return call as unknown as Call;
  }

  async whenMovable(callId: string): Promise<boolean> {
    return this.#calls.has(callId);
  }

  release(callId: string) {
    const { start } = this.#calls.get(callId) as Call;
    this.#calls.delete(callId);
    this.#options.released(this.#node, start);
    return { frozen: { schema: 2, start, seq: 0, line: {} } as unknown as FrozenCall, entries: [] };
  }

  prepare({ start }: FrozenCall) {
    this.#options.touched(this.#node, start, 'prepare');
    return { callId: start.callId, go: () => this.add(start, null), drop() {} };
  }

  restore(_: unknown, __: unknown, start: CallStart): Call {
    return this.add(start, 'restore');
  }

  abandon(callId: string): void {
    this.#calls.delete(callId);
  }
}

export function startOf(callSid: string, to: string, node: string): CallStart {
  return {
    ...{ callId: `call of ${callSid}`, callSid, node, to, from: '+12025550123', direction: 'inbound' },
    ...{ flow: 'flow', flowVersion: '1', language: 'en-US', startedAt: Date.UTC(2026, 0, 1), parameters: {} },
  };
}
