import { EventEmitter } from 'node:events';
import { orderStatus } from '../../machines/flows/order-status.ts';
import type { Call } from '../../runtime/call.ts';
import type { Providers } from '../../runtime/call-host.ts';
import { systemClock as clock } from '../../runtime/clock.ts';
import { stateName } from '../../src/call-views.ts';
import { loadConfig } from '../../src/config.ts';
import { oneFlow } from '../../src/flows/library.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { type RunningServer, type ServedAgents, type ServerParts, startServer } from '../../src/server.ts';
import type { CallStore } from '../../src/storage/call-store.ts';
import { openTools } from '../../src/tools/index.ts';
import { MemoryStore } from './memory-store.ts';
import { scriptedRecognition, scriptedSynthesis, scriptedVoiceActivity } from './scripted-providers.ts';

export const TRANSPORTS = ['uws', 'ws'] as const;

export interface WireOptions {
  transport: (typeof TRANSPORTS)[number];
  /** Settings as they are written in the environment. */
  env?: Record<string, string>;
  /** Of the chart, in milliseconds. */
  delays?: Record<string, number>;
  media?: ServerParts['media'];
  playout?: NonNullable<ServerParts['host']>['playout'];
  store?: CallStore;
  recordings?: ServerParts['recordings'];
  responses?: ServerParts['responses'];
  regions?: ServerParts['regions'];
  /** Who answers instead of the one agent, made from what that one stands on. */
  agents?(providers: Providers): ServedAgents;
  console?: ServerParts['console'];
  /** Hears of every call. */
  onCall?(call: Call): void;
  /** How long the agent takes to say a letter. Default 4, so that a greeting takes a third of a second. */
  letterMs?: number;
}

/** How long anything may take on a busy machine; a test that waits longer has failed. */
const LIMIT_MS = 20_000;
const BYTES_PER_MS = 8;

/** A real server on a free port; only its ears and its voice are scripted. */
export class WireServer {
  readonly running: RunningServer;
  readonly memory: MemoryStore;
  /** Its `bytesPerLetter` may be changed at any time. */
  readonly voice: ReturnType<typeof scriptedSynthesis>;
  /** How the navigator and the back office dawdle: may be changed at any time. */
  readonly pace: { firstWordDelayMs: number; wordDelayMs: number; toolDelayMs: number };
  /** All warnings and errors. */
  readonly complaints: readonly string[];
  readonly #begun: Map<string, Call>;
  readonly #news: EventEmitter;

  private constructor(parts: {
    running: RunningServer;
    memory: MemoryStore;
    voice: WireServer['voice'];
    pace: WireServer['pace'];
    complaints: string[];
    begun: Map<string, Call>;
    news: EventEmitter;
  }) {
    this.running = parts.running;
    this.memory = parts.memory;
    this.voice = parts.voice;
    this.pace = parts.pace;
    this.complaints = parts.complaints;
    this.#begun = parts.begun;
    this.#news = parts.news;
  }

  static async start(options: WireOptions): Promise<WireServer> {
    const memory = new MemoryStore();
    const complaints: string[] = [];
    const begun = new Map<string, Call>();
    const news = new EventEmitter().setMaxListeners(0);
    const pace = { clock, firstWordDelayMs: 0, wordDelayMs: 0, toolDelayMs: 20 };
    const complain = (fields: object, message: string) => complaints.push(`${message} ${told(fields)}`);
    const voice = scriptedSynthesis(clock);
    voice.bytesPerLetter = (options.letterMs ?? 4) * BYTES_PER_MS;

    const providers: Providers = {
      voiceActivity: scriptedVoiceActivity(),
      recognition: scriptedRecognition(clock),
      synthesis: voice,
      model: openNavigator(pace),
      tools: [...openTools(pace).values()],
    };
    const running = await startServer({
      config: loadConfig({ PORT: '0', TRANSPORT: options.transport, AYBIZA_NODE: 'wire', ...options.env }),
      clock,
      log: { info() {}, warn: complain, error: complain },
      ...(options.agents
        ? { agents: options.agents(providers) }
        : { flows: oneFlow({ name: 'order-status', machine: orderStatus, version: 'test' }), providers }),
      storage: { store: options.store ?? memory.asStore },
      ...(options.media && { media: options.media }),
      ...(options.console && { console: options.console }),
      ...(options.recordings && { recordings: options.recordings }),
      ...(options.responses && { responses: options.responses }),
      ...(options.regions && { regions: options.regions }),
      host: {
        ...(options.delays && { delays: options.delays }),
        ...(options.playout && { playout: options.playout }),
        onCall(call) {
          begun.set(call.start.callSid, call);
          options.onCall?.(call);
          news.emit('begun');
        },
      },
    });
    return new WireServer({ running, memory, voice, pace, complaints, begun, news });
  }

  get url(): string {
    return this.running.url;
  }

  /** As the media plane sees it, once its stream has been admitted. */
  async call(callSid: string): Promise<Call> {
    for (;;) {
      const call = this.#begun.get(callSid);
      if (call) return call;
      await within(once(this.#news, 'begun'), () => `the call ${callSid} to begin`);
    }
  }

  hasBegun(callSid: string): boolean {
    return this.#begun.has(callSid);
  }

  async getJson(path: string, headers: Record<string, string> = {}) {
    const response = await fetch(this.url + path, { headers });
    // biome-ignore lint/suspicious/noExplicitAny: tests look at answers as they come.
    return { status: response.status, body: (await response.json()) as any };
  }

  close(): Promise<void> {
    return this.running.close();
  }
}

/** Settles when the call is as asked, looked at after every event, timer and note of its log. */
export function until(call: Call, isSo: () => boolean, what: string): Promise<void> {
  let stop = () => {};
  const met = new Promise<void>(resolve => {
    const look = () => isSo() && resolve();
    // The chart acts on an entry after it has been written.
    stop = call.log.listen(() => queueMicrotask(look));
    look();
  });
  return within(met, () => `${what}; the call is in ${stateName(call.state)}`).finally(stop);
}

export function reaches(call: Call, state: string): Promise<void> {
  return until(call, () => stateName(call.state) === state, `state ${state}`);
}

export function within<T>(promise: Promise<T>, what: () => string, limitMs = LIMIT_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Waited in vain for ${what()}.`)), limitMs);
    promise.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

function once(news: EventEmitter, event: string): Promise<void> {
  return new Promise(resolve => news.once(event, () => resolve()));
}

function told(fields: object): string {
  return JSON.stringify(fields, (_, value) => (value instanceof Error ? value.message : value));
}
