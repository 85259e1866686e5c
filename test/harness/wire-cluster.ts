import { EventEmitter } from 'node:events';
import type { AnyStateMachine } from 'xstate';
import { orderStatus } from '../../machines/flows/order-status.ts';
import type { Call } from '../../runtime/call.ts';
import { systemClock as clock } from '../../runtime/clock.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { stateName } from '../../src/call-views.ts';
import { type CallOptions, PhoneCall } from '../../src/caller/phone-call.ts';
import type { SendRequest } from '../../src/cluster/forward-webhook.ts';
import { loadConfig } from '../../src/config.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { CallStore } from '../../src/storage/call-store.ts';
import { openStorage, type Storage } from '../../src/storage/open.ts';
import { openTools } from '../../src/tools/index.ts';
import { freePort } from './free-port.ts';
import { scriptedRecognition, scriptedSynthesis, scriptedVoiceActivity } from './scripted-providers.ts';
import { speak } from './spoken-text.ts';
import { WebhookBalancer } from './webhook-balancer.ts';
import { within } from './wire-server.ts';

const BYTES_PER_MS = 8;

export interface WireNode {
  name: string;
  running: RunningServer;
  store: CallStore;
  /** How the navigator and the back office dawdle: may be changed at any time. */
  pace: { firstWordDelayMs: number; wordDelayMs: number; toolDelayMs: number };
}

export interface WireNodeOptions {
  /** The version of order-status that it knows; default `test`. */
  flowVersion?: string;
  env?: Record<string, string>;
  send?: SendRequest;
}

/** Several servers in this process on one database, behind a balancer; only their ears and voices are scripted. */
export class WireCluster {
  readonly storage: Storage;
  readonly balancer: WebhookBalancer;
  /** All warnings and errors. */
  readonly complaints: string[] = [];
  readonly #letterMs: number;
  readonly #nodes: WireNode[] = [];
  readonly #calls = new Map<string, { call: Call; node: string }>();
  readonly #news = new EventEmitter().setMaxListeners(0);

  private constructor(storage: Storage, balancer: WebhookBalancer, letterMs: number) {
    this.storage = storage;
    this.balancer = balancer;
    this.#letterMs = letterMs;
  }

  static async open(dataDir: string, { letterMs = 8 } = {}): Promise<WireCluster> {
    const log = { info() {}, warn() {}, error() {} };
    const storage = await openStorage({ dataDir, node: 'records', clock, log, jobs: [] });
    return new WireCluster(storage, await WebhookBalancer.start(), letterMs);
  }

  async start(name: string, options: WireNodeOptions = {}): Promise<WireNode> {
    const { database } = this.storage;
    const store = new CallStore(database, { node: name, postCallJobs: ['summarise-call'] });
    const complain = (fields: object, message: string) =>
      this.complaints.push(`${name}: ${message} ${JSON.stringify(fields, (_, v) => v?.message ?? v)}`);
    const pace = { clock, firstWordDelayMs: 0, wordDelayMs: 0, toolDelayMs: 20 };
    const voice = scriptedSynthesis(clock);
    voice.bytesPerLetter = this.#letterMs * BYTES_PER_MS;
    const { flowVersion = 'test' } = options;
    const port = String(await freePort());
    const running = await startServer({
      config: loadConfig({
        PORT: port,
        AYBIZA_NODE: name,
        PUBLIC_URL: this.balancer.url,
        NODE_URL: `http://127.0.0.1:${port}`,
        ...options.env,
      }),
      clock,
      log: { info() {}, warn: complain, error: complain },
      flows: knowsOnly(flowVersion, orderStatus as AnyStateMachine),
      providers: {
        voiceActivity: scriptedVoiceActivity(),
        recognition: scriptedRecognition(clock),
        synthesis: voice,
        model: openNavigator(pace),
        tools: [...openTools(pace).values()],
      },
      storage: { store, database },
      ...(options.send && { sendToNode: options.send }),
      host: { onCall: call => this.#follow(name, call) },
    });
    const node = { name, running, store, pace };
    this.#nodes.push(node);
    return node;
  }

  async place(options: Partial<CallOptions> = {}): Promise<MovingCaller> {
    const phone = new PhoneCall(this.balancer.url, {
      ...{ from: '+12025550123', to: '+12025550100', hearing: 'bytes' },
      ...options,
    });
    await phone.begin();
    await this.until(
      () => this.#calls.has(phone.callSid),
      () => `the call ${phone.callSid} to begin`,
    );
    return new MovingCaller(this, phone);
  }

  /** Where the call is, or was last. */
  whereabouts(callSid: string): { call: Call; node: string } {
    const found = this.#calls.get(callSid);
    if (!found) throw new Error(`No node has had the call ${callSid}.`);
    return found;
  }

  /** Settles when it is so, looked at after every entry of any call's log. */
  until(isSo: () => boolean, what: () => string): Promise<void> {
    let look = () => {};
    const met = new Promise<void>(resolve => {
      look = () => isSo() && resolve();
      this.#news.on('entry', look);
      look();
    });
    return within(met, what).finally(() => this.#news.off('entry', look));
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(({ running }) => running.close()));
    await this.balancer.close();
    await this.storage.close();
  }

  #follow(node: string, call: Call): void {
    this.#calls.set(call.start.callSid, { call, node });
    // The chart acts on an entry after it has been written.
    call.log.listen(() => queueMicrotask(() => this.#news.emit('entry')));
    this.#news.emit('entry');
  }
}

/** A caller who does not know which node they talk to. */
export class MovingCaller {
  readonly phone: PhoneCall;
  readonly verbs: string[] = [];
  readonly #cluster: WireCluster;

  constructor(cluster: WireCluster, phone: PhoneCall) {
    this.#cluster = cluster;
    this.phone = phone;
    phone.on('verb', ({ verb }) => this.verbs.push(verb));
  }

  get node(): string {
    return this.#cluster.whereabouts(this.phone.callSid).node;
  }

  get call(): Call {
    return this.#cluster.whereabouts(this.phone.callSid).call;
  }

  get state(): string {
    return stateName(this.call.state);
  }

  say(text: string, wordMs?: number): Promise<void> {
    return this.phone.say(Buffer.concat(speak(text, wordMs)));
  }

  /** In the state, or in one within it. */
  reaches(state: string): Promise<void> {
    return this.#cluster.until(
      () => `${this.state}.`.startsWith(`${state}.`),
      () => `${state}; the call is in ${this.state} on ${this.node}`,
    );
  }

  /** On the node, and wherever that leaves the conversation. */
  arrivesAt(node: string): Promise<void> {
    return this.#cluster.until(
      () => this.node === node && this.call.line.isAttached,
      () => `the call at ${node}; it is in ${this.state} on ${this.node}`,
    );
  }

  /** The agent has said that they were cut off, and waits for the caller. */
  welcomedBack(): Promise<void> {
    return this.#cluster.until(
      () =>
        this.state === 'floor.listening.quiet' && this.call.record.turns().at(-1)?.purpose === 'welcomeBack',
      () => `a welcome; the call is in ${this.state} on ${this.node}`,
    );
  }

  /** The agent waits for the caller, after so many turns of theirs have been answered. */
  answered(turns: number): Promise<void> {
    const count = () => this.call.record.turns().filter(({ caller }) => caller).length;
    return this.#cluster.until(
      () => (count() >= turns && this.state === 'floor.listening.quiet') || this.state === 'ended',
      () => `answer ${turns}; there are ${count()}, and the call is in ${this.state} on ${this.node}`,
    );
  }

  async ended() {
    const end = await within(
      this.phone.ended(),
      () => `the end; the call is in ${this.state} on ${this.node}`,
    );
    return end;
  }

  /** The call as the records have it, once it is over. */
  async record() {
    const { store } = this.#cluster.storage;
    for (;;) {
      const call = await store.find(this.phone.callSid);
      if (call?.status === 'ended') return { ...call, entries: await store.events(call.callId) };
      await new Promise(resolve => setImmediate(resolve));
    }
  }
}

/** The types of a log's events and notes, in order. */
export function typesOf(entries: readonly LogEntry[]): string[] {
  return entries.flatMap(entry =>
    entry.kind === 'event' ? entry.event.type : entry.kind === 'note' ? entry.note.type : [],
  );
}

function knowsOnly(version: string, machine: AnyStateMachine) {
  return {
    choose: () => ({ name: 'order-status', version }),
    chartOf({ flow, flowVersion }: { flow: string; flowVersion: string }) {
      if (flowVersion === version) return machine;
      throw new Error(`Version ${flowVersion} of the flow ${flow} is not known here.`);
    },
  };
}
