import type { Call } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import type { SimulatedClock, TimerHandle } from '../../runtime/clock.ts';
import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { CallTakenOver } from '../../runtime/journal.ts';
import type { ReleasedCall } from '../../runtime/moving/prepared-call.ts';
import { loadConfig } from '../../src/config.ts';
import { oneFlow } from '../../src/flows/library.ts';
import { repeatEvery } from '../../src/jobs/repeat-every.ts';
import { type RunningServer, startServer } from '../../src/server.ts';
import { CallStore } from '../../src/storage/call-store.ts';
import { type BackOfficeOptions, openTools } from './back-office.ts';
import type { Backend } from './balancer.ts';
import { DatabaseLink, type DatabaseTrouble } from './database.ts';
import { worldFlow } from './flow.ts';
import type { Network } from './network.ts';
import { openParts, type PartsWorld } from './parts.ts';
import { PLAYOUT } from './playout.ts';
import { Process } from './process.ts';
import type { Records } from './records.ts';
import { listenOn } from './server-host.ts';

/** What all nodes of a world have in common. */
export interface NodeWorld {
  clock: SimulatedClock;
  network: Network;
  records: Records;
  trouble: DatabaseTrouble;
  parts: PartsWorld;
  office: BackOfficeOptions;
  chance(): number;
  publicOrigin: string;
  settings: Record<string, string>;
  arrived(call: Call, process: string): void;
  released(callId: string, process: string): void;
  abandoned(callId: string, process: string): void;
  /** The call had ended or was let go there, and what was to be written of it is refused: another has it. */
  fenced(callId: string, process: string): void;
  complained(process: string, message: string, fields: object): void;
}

const HEARTBEAT_MS = 5_000;
/** The balancer looks at a node's health so often. */
const HEALTH_MS = 2_000;
/** A node that has not answered another by then is taken for dead. */
const SEND_MS = 1_500;
const NODE_TO_NODE_MS = 3;
const START_AGAIN_MS = 2_000;
const JOBS = ['summarise', 'bill'];

interface Running {
  process: Process;
  server: RunningServer;
  store: CallStore;
  heartbeats: { stop(): Promise<void> };
}

/** A cloud node: the product's own server on a simulated machine, from one start to the next. */
export class WorldNode implements Backend {
  readonly name: string;
  readonly origin: string;
  readonly #world: NodeWorld;
  #running: Running | null = null;
  #lives = 0;
  #isDraining = false;
  #isStarting = false;
  #isClosed = false;
  #changedMs = Number.NEGATIVE_INFINITY;
  #seemed = false;

  constructor(name: string, world: NodeWorld) {
    this.name = name;
    this.origin = `https://${name}.world`;
    this.#world = world;
  }

  get process(): Process | null {
    return this.#running?.process ?? null;
  }

  get server(): RunningServer | null {
    return this.#running?.server ?? null;
  }

  get isUp(): boolean {
    return this.#running !== null && !this.#isDraining;
  }

  get seemsHealthy(): boolean {
    return this.#world.clock.now() - this.#changedMs >= HEALTH_MS ? this.isUp : this.#seemed;
  }

  /** Until it stands: a process that cannot start is started again. */
  async start(): Promise<void> {
    if (this.#isStarting) return;
    this.#isStarting = true;
    while (!this.#running && !this.#isClosed) {
      const process = this.#newProcess();
      try {
        await this.#boot(process);
      } catch (error) {
        this.#world.complained(process.name, 'The node could not start.', { err: error });
        this.#world.network.died(process, false);
        process.kill();
        await new Promise<void>(resolve => this.#world.clock.setTimeout(resolve, START_AGAIN_MS));
      }
    }
    this.#isStarting = false;
  }

  #newProcess(): Process {
    const { clock, chance } = this.#world;
    return new Process(`${this.name}#${++this.#lives}`, clock, {
      aheadMs: Math.floor(chance() * 1e9),
      wallAheadMs: Math.floor(chance() * 2_000),
    });
  }

  async #boot(process: Process): Promise<void> {
    const { clock, network, records, trouble, parts, office, settings } = this.#world;
    const database = new DatabaseLink({
      clock,
      network,
      records,
      process,
      trouble,
      chance: this.#world.chance,
    });
    const store = new CallStore(database, { postCallJobs: JOBS, node: this.name });
    this.#watchReleases(store, process.name);
    const complain = (fields: object, message: string) =>
      this.#world.complained(process.name, message, fields);
    const server = await startServer({
      config: loadConfig({
        PORT: '0',
        AYBIZA_NODE: this.name,
        PUBLIC_URL: this.#world.publicOrigin,
        NODE_URL: this.origin,
        MAX_CALLS: '100000',
        ...settings,
      }),
      clock: process,
      log: { info() {}, warn: complain, error: complain },
      flows: oneFlow({ name: 'world', machine: worldFlow, version: 'world' }),
      providers: openParts(parts, process, openTools(office, process)),
      storage: { store, database },
      sendToNode: (origin, request) => within(process, SEND_MS, this.#send(process, origin, request)),
      listen: listenOn(network, process, this.origin),
      media: { silenceTimeoutMs: 12_000 },
      host: {
        playout: PLAYOUT,
        onCall: call => this.#world.arrived(call, process.name),
      },
    });
    if (process.isDead) return;
    this.#watch(server.host, process.name);
    const heartbeats = repeatEvery(HEARTBEAT_MS, () => store.heartbeat(), { clock: process, failed() {} });
    this.#running = { process, server, store, heartbeats };
    this.#isDraining = false;
    this.#change(false);
  }

  /** `withMachine`: nobody is told; wires are found broken when they have been silent for too long. */
  kill(withMachine: boolean): void {
    if (!this.#running) return;
    const { process } = this.#running;
    this.#running = null;
    this.#change(!this.#isDraining);
    process.kill();
    this.#world.network.died(process, withMachine);
  }

  /** As on SIGTERM; then the process ends. */
  async drain(): Promise<void> {
    const running = this.#running;
    if (!running || this.#isDraining) return;
    this.#isDraining = true;
    this.#change(true);
    await running.server.drain();
    await this.#stop(running);
  }

  /** At once, whoever is on the line. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#running) await this.#stop(this.#running);
  }

  async #stop(running: Running): Promise<void> {
    await running.server.close();
    await running.heartbeats.stop();
    await running.store.flush();
    if (this.#running !== running) return;
    this.#running = null;
    this.#change(false);
    this.#world.network.died(running.process, false);
    running.process.kill();
  }

  #send(process: Process, origin: string, request: HttpRequest): Promise<HttpResponse> {
    const { method, path, query, headers, body } = request;
    return this.#world.network.request(
      process,
      origin,
      { method, path, query, headers: { ...headers }, body: body.toString() },
      NODE_TO_NODE_MS,
    );
  }

  /** Tells of calls that leave this node without having ended. */
  #watch(host: CallHost, process: string): void {
    const { release, abandon } = host;
    const { released, abandoned, fenced, records } = this.#world;
    const { flaws } = records;
    host.release = callId => {
      const gone = release.call(host, callId);
      released(callId, process);
      return flaws.has('voiceDropped') ? withoutVoice(gone) : gone;
    };
    host.abandon = callId => {
      const isHere = [...host.calls()].some(({ start }) => start.callId === callId);
      abandon.call(host, callId);
      if (isHere) abandoned(callId, process);
      else fenced(callId, process);
    };
  }

  /** A call that was let go may have been another's by then: what was said in it since is lost. */
  #watchReleases(store: CallStore, process: string): void {
    for (const write of ['append', 'release'] as const) {
      const inner = store[write].bind(store) as (callId: string, what: never) => Promise<void>;
      store[write] = (callId: string, what: unknown) =>
        inner(callId, what as never).catch(error => {
          if (error instanceof CallTakenOver) this.#world.fenced(callId, process);
          throw error;
        });
    }
  }

  #change(seemed: boolean): void {
    this.#seemed = seemed;
    this.#changedMs = this.#world.clock.now();
  }
}

function withoutVoice(gone: ReleasedCall): ReleasedCall {
  const { line } = gone.frozen;
  if (!line) return gone;
  const playout = { ...line.playout, audio: '' };
  return { ...gone, frozen: { ...gone.frozen, line: { ...line, playout } } };
}

async function within<T>(process: Process, limitMs: number, work: Promise<T>): Promise<T> {
  let timer: TimerHandle = null;
  const late = new Promise<never>((_, reject) => {
    timer = process.setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  return Promise.race([work, late]).finally(() => process.clearTimeout(timer));
}
