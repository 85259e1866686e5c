import type { Call } from '../../runtime/call.ts';
import { CallHost } from '../../runtime/call-host.ts';
import type { SimulatedClock, TimerHandle } from '../../runtime/clock.ts';
import { ARCHIVE_PATH } from '../../runtime/edge/archive.ts';
import { CarrierStream } from '../../runtime/edge/carrier-stream.ts';
import type { ConnectCloud } from '../../runtime/edge/cloud-link.ts';
import { EdgeCall } from '../../runtime/edge/edge-call.ts';
import type { EdgePlan } from '../../runtime/edge/edge-storage.ts';
import type { OpenHost } from '../../runtime/edge/edge-work.ts';
import { newsPath, RELAY_PATH } from '../../runtime/edge/relay-messages.ts';
import type { CarrierSocket, Tool } from '../../runtime/ports.ts';
import { type BackOfficeOptions, openTools } from './back-office.ts';
import { worldFlow } from './flow.ts';
import type { Network } from './network.ts';
import { ObjectStorage } from './object-storage.ts';
import { openParts, type PartsWorld } from './parts.ts';
import { PLAYOUT } from './playout.ts';
import { Process } from './process.ts';
import type { WireEnd } from './wire.ts';

/** What the objects of a world's edge have in common. */
export interface EdgeWorld {
  clock: SimulatedClock;
  network: Network;
  parts: PartsWorld;
  office: BackOfficeOptions;
  /** 0 … 1. */
  chance(): number;
  edgeSecret: string;
  settings: { longestSilenceMs: number; transferNumber: string };
  arrived(call: Call, process: string): void;
  released(callId: string, process: string): void;
  abandoned(callId: string, process: string): void;
  /** Audio for the caller leaves the object while it works on the call. */
  frameLeaves(call: Call): void;
  complained(process: string, message: string, fields: object): void;
  /** The object is gone: what it still had to say is lost. */
  lost(process: Process): void;
}

const RELAY_MS = 25;
/** The call is live in the cloud. */
const CONFLICT = 409;

/** A Durable Object of the edge: one `EdgeCall` over simulated sockets and storage, from one life to the next. */
export class CallObject {
  readonly callSid: string;
  readonly storage: ObjectStorage;
  readonly #world: EdgeWorld;
  #lives = 0;
  /** The node whose message is passed on at this moment. */
  #relaysFor: string | null = null;
  #alarm: TimerHandle = null;
  #living: { process: Process; call: EdgeCall; awake: Promise<void> } | null = null;

  constructor(callSid: string, world: EdgeWorld) {
    this.callSid = callSid;
    this.#world = world;
    this.storage = new ObjectStorage(
      world.clock,
      () => 2 + world.chance() * 30,
      () => this.#armAlarm(),
    );
  }

  get process(): Process | null {
    return this.#living?.process ?? null;
  }

  /** The call, awake; woken if it must be. */
  async call(): Promise<EdgeCall> {
    const living = this.#living ?? this.#live();
    await living.awake;
    return living.call;
  }

  /** The call as it is at the moment, if the object lives. */
  get present(): EdgeCall | null {
    return this.#living?.call ?? null;
  }

  /** The platform takes the object away: a new version, or a machine that fails. */
  evict(): void {
    if (!this.#living) return;
    const { process } = this.#living;
    this.#living = null;
    process.kill();
    this.storage.crash();
    this.#world.network.died(process, false);
    this.#world.lost(process);
  }

  /** Where a stream would end that comes now. */
  get door(): Process {
    return (this.#living ?? this.#live()).process;
  }

  /** A stream of the carrier has come. */
  async accept(end: WireEnd): Promise<void> {
    const call = await this.call();
    if (!end.isOpen) return;
    const { process } = this;
    if (process !== end.process) return end.snap();
    end.sender = () => this.#relaysFor ?? process.name;
    end.tap = text => {
      const held = call.edge?.call;
      if (held && this.#relaysFor === null && text.startsWith('{"event":"media"'))
        this.#world.frameLeaves(held);
    };
    const stream = new CarrierStream({
      call,
      socket: new EdgeSocket(end),
      clock: process,
      failed: error => this.#world.complained(process.name, 'a call could not begin', { err: error }),
    });
    end.listener = {
      message: text => stream.message(text),
      closed: (code, reason) => stream.closed(code, reason),
    };
  }

  #live() {
    const world = this.#world;
    const { clock, network } = world;
    const process = new Process(
      `edge-${Number.parseInt(this.callSid.slice(2), 16)}#${++this.#lives}`,
      clock,
      {
        aheadMs: Math.floor(world.chance() * 1e9),
      },
    );
    const complain = (fields: object, message: string) => world.complained(process.name, message, fields);
    const relays = (from: string, pass: () => void) => {
      this.#relaysFor = from;
      pass();
      this.#relaysFor = null;
    };
    const headers = { authorization: `Bearer ${world.edgeSecret}` };
    const post = async (cloud: string, path: string, body: unknown) => {
      const { status } = await network.request(
        process,
        cloud,
        {
          method: 'POST',
          path,
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
        RELAY_MS,
      );
      if (status >= 300 && status !== CONFLICT) throw new Error(`${cloud} answered ${status}`);
      return status;
    };
    const call = new EdgeCall({
      clock: process,
      log: { info() {}, warn: complain, error: complain },
      storage: this.storage,
      openHost: (plan, hooks) => this.#openHost(process, plan, hooks),
      connect: (cloud, listener) => connectCloud(network, process, cloud, headers, listener, relays),
      archive: async (cloud, archived) => (await post(cloud, ARCHIVE_PATH, archived)) !== CONFLICT,
      tellCloud: async (cloud, callSid, news) => {
        await post(cloud, newsPath(callSid), news);
      },
      places: () => places,
      slot: { hold() {}, free() {} },
    });
    this.#living = { process, call, awake: call.wake() };
    return this.#living;
  }

  #openHost(process: Process, _: EdgePlan, hooks: Parameters<OpenHost>[1]): CallHost {
    const { parts, office, settings, arrived, released, abandoned } = this.#world;
    const quiet = () => {};
    return new CallHost({
      clock: process,
      log: { info: quiet, warn: quiet, error: quiet },
      ...hooks,
      onCall: call => {
        arrived(call, process.name);
        hooks.onCall(call);
      },
      onReleased: call => released(call.start.callId, process.name),
      onAbandoned: call => abandoned(call.start.callId, process.name),
      placement: 'edge',
      node: 'edge',
      keepsLogs: true,
      providers: openParts(parts, process, openTools(office, process).filter(readsOnly)),
      flow: () => worldFlow,
      voice: 'voice',
      transferNumber: settings.transferNumber,
      playout: PLAYOUT,
      settings: { longestSilenceMs: settings.longestSilenceMs },
    });
  }

  #armAlarm(): void {
    const { clock } = this.#world;
    clock.clearTimeout(this.#alarm);
    this.#alarm = null;
    const { alarmAtMs } = this.storage;
    if (alarmAtMs === null) return;
    this.#alarm = clock.setTimeout(
      () => {
        this.#alarm = null;
        this.storage.alarmAtMs = null;
        void this.call().then(call => call.alarm());
      },
      Math.max(0, alarmAtMs - clock.wallTime()),
    );
  }
}

/** The carrier's socket as the object has it. Frames of a call that is worked on here are looked at as they leave. */
class EdgeSocket implements CarrierSocket {
  readonly bufferedBytes = 0;
  readonly #end: WireEnd;

  constructor(end: WireEnd) {
    this.#end = end;
  }

  send(text: string): 'sent' | 'dropped' {
    return this.#end.send(text) ? 'sent' : 'dropped';
  }

  close(code: number, reason: string): void {
    this.#end.close(code, reason);
  }
}

/** As the product's edge: what changes something is for the cloud. */
function readsOnly({ changes }: Tool): boolean {
  return !changes;
}

/** What the edge knows of itself and of the cloud: room enough at both. */
const places = {
  edge: {
    usedSlots: 1,
    slots: 1_000,
    area: null,
    usdPerMinute: 0.001,
    addsMs: null,
    providers: {
      recognition: true,
      synthesis: true,
      model: true,
      tools: ['lookUp'],
      languages: null,
    },
  },
  cloud: { isOpen: true, usdPerMinute: 0.002, addsMs: null },
};

/** The messages of a node keep its name on their way through the object to the carrier. */
async function connectCloud(
  network: Network,
  process: Process,
  cloud: string,
  headers: Record<string, string>,
  listener: Parameters<ConnectCloud>[1],
  relays: (from: string, pass: () => void) => void,
): ReturnType<ConnectCloud> {
  const end = await network.connect(
    process,
    cloud,
    { path: RELAY_PATH, headers },
    {
      message: (text, from) => relays(from, () => listener.message(text)),
      closed: (code, reason) => listener.closed(code, reason),
    },
    RELAY_MS,
  );
  return {
    send: text => {
      end.send(text);
    },
    close: (code, reason) => end.close(code, reason),
  };
}
