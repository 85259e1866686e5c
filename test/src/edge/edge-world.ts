import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Call } from '../../../runtime/call.ts';
import { systemClock as clock } from '../../../runtime/clock.ts';
import { openEnergyVoiceActivity } from '../../../runtime/media/energy-voice-activity.ts';
import { PhoneCall } from '../../../src/caller/phone-call.ts';
import type { StereoRecorder } from '../../../src/caller/stereo-recorder.ts';
import { loadConfig } from '../../../src/config.ts';
import { bundleEdge } from '../../../src/edge/bundle.ts';
import { type LocalEdge, startLocalEdge } from '../../../src/edge/local.ts';
import type { EdgeSetting } from '../../../src/edge/settings.ts';
import { type DeepgramEmulator, startDeepgramEmulator } from '../../../src/emulators/deepgram/deepgram.ts';
import { loadFlow } from '../../../src/flows/flows.ts';
import { oneFlow } from '../../../src/flows/library.ts';
import { openDeepgramRecognition } from '../../../src/providers/deepgram/recognition/open.ts';
import { openDeepgramSynthesis } from '../../../src/providers/deepgram/synthesis/open.ts';
import { openNavigator } from '../../../src/providers/embedded/navigator/navigator.ts';
import { Secret } from '../../../src/secret.ts';
import { type RunningServer, startServer } from '../../../src/server.ts';
import { CallStore } from '../../../src/storage/call-store.ts';
import { openStorage, type Storage } from '../../../src/storage/open.ts';
import { speakable } from '../../../src/text/speakable-synthesis.ts';
import { openTools } from '../../../src/tools/index.ts';
import { layEmptyRecords } from '../../harness/empty-records.ts';
import { quietLog } from '../../harness/sim-call.ts';
import { type Cable, layCable } from './cut.ts';
import { agentsVoice, callersVoice } from './voices.ts';

export const EDGE_SECRET = 'edge-and-cloud-know-this';
const DEEPGRAM_KEY = 'deepgram-key';
const REGIONS = ['us-east-1', 'eu-west-2'] as const;

/** A cloud node of the product as it runs, on records that it shares with the others. */
export interface CloudNode {
  name: string;
  server: RunningServer;
  cable: Cable;
  /** By the carrier's id. */
  calls: Map<string, Call>;
}

/** A Worker in workerd, cloud nodes, and one emulated Deepgram for all of them. */
export class EdgeWorld {
  readonly edge: LocalEdge;
  /** The way of callers to the edge: it is there while the Worker is restarted. */
  readonly door: Cable;
  readonly deepgram: DeepgramEmulator;
  readonly clouds: readonly CloudNode[];
  readonly storage: Storage;
  readonly #folder: string;
  readonly #callers: EdgeCaller[] = [];

  private constructor(parts: {
    edge: LocalEdge;
    door: Cable;
    deepgram: DeepgramEmulator;
    clouds: CloudNode[];
    storage: Storage;
    folder: string;
  }) {
    this.edge = parts.edge;
    this.door = parts.door;
    this.deepgram = parts.deepgram;
    this.clouds = parts.clouds;
    this.storage = parts.storage;
    this.#folder = parts.folder;
  }

  static async start(variables: Partial<Record<EdgeSetting, string>> = {}): Promise<EdgeWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'aybiza-edge-'));
    await layEmptyRecords(folder);
    const [deepgram, storage, code] = await Promise.all([
      startDeepgramEmulator({ apiKey: DEEPGRAM_KEY, voice: agentsVoice }),
      openStorage({ dataDir: folder, node: 'cloud-1', clock, log: quietLog, jobs: [] }),
      bundleEdge(),
    ]);
    const clouds = await Promise.all(
      REGIONS.map((region, i) => startCloud(`cloud-${i + 1}`, region, storage, deepgram)),
    );
    const edge = await startLocalEdge({
      code,
      logged() {},
      variables: {
        EDGE_SECRET,
        CLOUD_REGIONS: REGIONS.map((region, i) => `${region}=${clouds[i]?.cable.url}`).join(),
        DEEPGRAM_API_KEY: DEEPGRAM_KEY,
        DEEPGRAM_URL: deepgram.url,
        ...variables,
      },
    });
    const door = await layCable(edge.url);
    return new EdgeWorld({ edge, door, deepgram, clouds, storage, folder });
  }

  /** Calls the Worker, and is connected to its call. */
  async place(): Promise<EdgeCaller> {
    const caller = new EdgeCaller(this);
    this.#callers.push(caller);
    await caller.phone.begin();
    return caller;
  }

  /** No call of a test that failed lives on. */
  async hangUpAll(): Promise<void> {
    await Promise.all(this.#callers.splice(0).map(({ phone }) => phone.end ?? phone.hangUp()));
  }

  /** Asks the Worker about a call, or for something. */
  async ask(path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> | null }> {
    const response = await fetch(this.door.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${EDGE_SECRET}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      body: (await response.json().catch(() => null)) as Record<string, unknown> | null,
    };
  }

  async close(): Promise<void> {
    await this.door.close();
    await this.edge.close();
    for (const { server, cable } of this.clouds) {
      await cable.close();
      await server.close();
    }
    await this.storage.close();
    await this.deepgram.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function startCloud(
  node: string,
  region: string,
  storage: Storage,
  deepgram: DeepgramEmulator,
): Promise<CloudNode> {
  const access = { apiKey: new Secret(DEEPGRAM_KEY), baseUrl: deepgram.url, clock };
  const calls = new Map<string, Call>();
  const server = await startServer({
    config: loadConfig({ PORT: '0', AYBIZA_NODE: node, AYBIZA_REGION: region, EDGE_SECRET }),
    clock,
    log: quietLog,
    storage: {
      store: node === 'cloud-1' ? storage.store : new CallStore(storage.database, { postCallJobs: [], node }),
    },
    flows: oneFlow(await loadFlow('order-status')),
    providers: {
      voiceActivity: openEnergyVoiceActivity(),
      recognition: openDeepgramRecognition(access),
      synthesis: speakable(openDeepgramSynthesis(access)),
      model: openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 }),
      tools: [...openTools({ clock, toolDelayMs: 50 }).values()],
    },
    host: { onCall: call => void calls.set(call.start.callSid, call) },
  });
  return { name: node, server, calls, cable: await layCable(server.url) };
}

/** A caller, and every byte that was played to them. */
export class EdgeCaller {
  readonly phone: PhoneCall;
  readonly #world: EdgeWorld;
  readonly #played: Buffer[] = [];

  constructor(world: EdgeWorld) {
    this.#world = world;
    const recorder = {
      attach() {},
      detach() {},
      frame: (_: Uint8Array, agent: Uint8Array, bytes: number) => {
        if (bytes > 0) this.#played.push(Buffer.from(agent.subarray(0, bytes)));
      },
    };
    this.phone = new PhoneCall(world.door.url, {
      from: '+12025550123',
      to: '+12025550100',
      recorder: recorder as unknown as StereoRecorder,
    });
  }

  get callSid(): string {
    return this.phone.callSid;
  }

  get played(): Buffer {
    return Buffer.concat(this.#played);
  }

  /** What the Worker says of the call. */
  async seen(): Promise<Record<string, unknown> | null> {
    return (await this.#world.ask(`/edge/calls/${this.callSid}`)).body;
  }

  /** Waits until a sentence that ends so has been played to its end, wherever the call is worked on. */
  async hears(text: string): Promise<void> {
    const end = Buffer.from(agentsVoice(text));
    await expect.poll(() => this.played.includes(end), { interval: 20 }).toBe(true);
  }

  /** Says something that the recogniser is going to take for `text`. */
  async say(text: string): Promise<void> {
    this.#world.deepgram.transcripts.push(text);
    await this.phone.say(callersVoice(600));
  }

  keys(digits: string): void {
    for (const digit of digits) this.phone.key(digit);
  }

  /** Hangs up; gives the record. */
  async hangUp() {
    await this.phone.hangUp();
    return this.record();
  }

  async record() {
    const { store } = this.#world.storage;
    await expect.poll(async () => (await store.find(this.callSid))?.status).toBe('ended');
    const record = await store.find(this.callSid);
    if (!record?.summary) throw new Error('The call has no record.');
    return { summary: record.summary, entries: await store.events(record.callId) };
  }
}
