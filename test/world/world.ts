import { SimulatedClock } from '../../runtime/clock.ts';
import { Balancer } from './balancer.ts';
import { CallWatch, type Rule, type Violation } from './call-watch.ts';
import { Chance } from './chance.ts';
import type { DatabaseTrouble } from './database.ts';
import { EDGE_ORIGIN, Edge } from './edge.ts';
import { planEdgeFaults } from './edge-faults.ts';
import { type FaultClass, natureOf } from './faults.ts';
import { Givens } from './givens.ts';
import { checkCall, checkMachines } from './invariants.ts';
import { Machines } from './machines.ts';
import { Network } from './network.ts';
import { WorldNode } from './node.ts';
import { AUTH_TOKEN, PhoneCall } from './phone-call.ts';
import { Process } from './process.ts';
import { type Flaw, Records } from './records.ts';
import { Tally } from './tally.ts';
import { numberOf, sidOf, Watches } from './watches.ts';

export interface WorldOptions {
  /** Of everything that is left to chance. */
  seed: string;
  /** Number of its first call among those of all worlds of the seed. */
  firstCall: number;
  calls: number;
  nodes: number;
  /** Share of the calls that come in at the edge. */
  edgeShare: number;
  /** What may go wrong. */
  faults: ReadonlySet<FaultClass>;
  /** How often one befalls some machine, on average. A small world needs more of them for its calls to meet any. Default 6,000. */
  faultEveryMs?: number;
  /** What is wrong with the world itself. */
  flaws?: ReadonlySet<Flaw>;
  /** Tells the story of one call, by its number; and what happens to machines meanwhile. */
  story?: { call: number; tell(line: string): void };
}

export interface WorldResult {
  violations: readonly Violation[];
  tally: Tally;
  simulatedMs: number;
}

/** Between one caller and the next. */
const ARRIVAL_MS = 150;
const STEP_MS = 1_000;
/** After the last telephone is put down: for records that are tried again, and calls that nobody comes back to. */
const SETTLE_MS = 900_000;
const AGENT_SILENCE_MS = 3_000;
/** Of that, what voices, pacers and lines may add. */
const SLACK_MS = 900;
const TRANSFER_NUMBER = '+12025550199';
const EDGE_SECRET = 'the-secret-of-the-edge-of-the-world';

/** Many calls on a few machines, on one clock: everything that happens is decided by the seed. */
export class World {
  readonly clock = new SimulatedClock();
  readonly records: Records;
  readonly watches = new Watches();
  readonly tally = new Tally();
  readonly trouble: DatabaseTrouble = { downUntilMs: 0, slowness: 1, lostAnswers: 0 };
  readonly network: Network;
  readonly nodes: readonly WorldNode[];
  readonly edge: Edge;
  readonly faults: ReadonlySet<FaultClass>;
  readonly chance: Chance;
  readonly #options: WorldOptions;
  readonly #violations: Violation[] = [];
  readonly #carrier: Process;
  readonly #balancer: Balancer;
  readonly #givens: Givens;
  readonly #machines: Machines;
  readonly #phones: PhoneCall[] = [];
  #live = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.faults = options.faults;
    this.chance = new Chance(options.seed);
    this.records = new Records(options.flaws);
    const { clock, chance, watches, faults } = this;
    this.network = new Network(clock, chance.of('network'));
    this.network.onServerSends = (data, text) => {
      const { call } = data as { call?: Parameters<CallWatch['frameLeaves']>[0] };
      if (call && text.startsWith('{"event":"media"')) watches.frameLeaves(call);
    };
    this.#carrier = new Process('carrier', clock);
    this.#givens = new Givens({
      clock,
      chance,
      faults,
      watches,
      toolBegan: callSid => this.#phones[numberOf(callSid)]?.caller?.toolBegan(),
    });
    this.nodes = Array.from({ length: options.nodes }, (_, at) => this.#node(`node-${at + 1}`));
    this.#balancer = new Balancer(this.network, chance.of('balancer'), () => this.nodes);
    this.edge = this.#openEdge(chance.of('edge'));
    this.#machines = new Machines(this);
  }

  async run(): Promise<WorldResult> {
    const crashed = (error: unknown) =>
      this.#broken(
        'noCrash',
        `an error that nobody handles: ${error instanceof Error ? error.stack : error}`,
      );
    process.on('unhandledRejection', crashed);
    try {
      return await this.#run();
    } finally {
      process.off('unhandledRejection', crashed);
    }
  }

  async #run(): Promise<WorldResult> {
    const { clock } = this;
    for (const node of this.nodes) void node.start();
    await clock.advanceInside(2 * STEP_MS);
    this.#machines.plan(this.#options.calls * ARRIVAL_MS, this.#options.faultEveryMs);
    this.#planCalls();
    while (this.#phones.length < this.#options.calls || this.#live > 0) await clock.advanceInside(STEP_MS);
    this.#machines.heal();
    await this.#settle();
    for (const watch of this.watches.all) checkCall(watch, this.records, this.tally);
    await this.#close();
    checkMachines(this.nodes, clock, what => this.#broken('stuck', what));
    return { violations: this.#violations, tally: this.tally, simulatedMs: clock.now() };
  }

  /** What happens to machines, for whoever follows a call. */
  tell(who: string, what: string): void {
    const { story } = this.#options;
    if (story) this.watches.all[story.call]?.tell(who, what);
  }

  /** A fault strikes a machine; null: what all machines share. */
  struck(fault: FaultClass, process: Process | null, how: string): void {
    this.tally.struck(fault);
    this.tell('fault', `${fault} ${process?.name ?? ''} ${how}`);
    if (process) this.watches.struck(fault, process.name);
    else for (const watch of this.watches.all) if (watch?.overMs === null) watch.strikes.add(fault);
  }

  get #agentSilenceMs(): number {
    return this.records.flaws.has('agentDawdles') ? 3 * AGENT_SILENCE_MS : AGENT_SILENCE_MS;
  }

  #broken(rule: Rule, what: string): void {
    this.#violated({ callSid: 'world', rule, what, atMs: this.clock.now() });
  }

  #violated(violation: Violation): void {
    this.#violations.push(violation);
  }

  #planCalls(): void {
    const chance = this.chance.of('arrivals');
    let atMs = 0;
    for (let number = 0; number < this.#options.calls; number++) {
      atMs += chance.between(0, 2 * ARRIVAL_MS);
      this.clock.setTimeout(() => this.#dial(number), atMs);
    }
  }

  #dial(number: number): void {
    const { clock, network, tally } = this;
    const { story, faults, edgeShare } = this.#options;
    const chance = this.chance.of(`call ${number}`);
    const { habits, line } = natureOf(faults, chance.of('nature'));
    const callSid = sidOf(number);
    const watch = new CallWatch(callSid, {
      clock,
      longestSilenceMs: AGENT_SILENCE_MS + SLACK_MS,
      troubleUntilMs: () => this.#machines.troubleUntilMs,
      violated: violation => this.#violated(violation),
      story: story?.call === number ? story.tell : null,
      tally,
    });
    this.watches.add(number, watch, clock.now());
    const isEdges = chance.happens(edgeShare);
    if (isEdges) {
      tally.count('came in at the edge');
      planEdgeFaults(this, watch, chance.of('edge faults'));
    }
    const phone = new PhoneCall(callSid, {
      clock,
      network,
      carrier: this.#carrier,
      balancer: this.#balancer,
      home: isEdges ? EDGE_ORIGIN : this.#balancer.origin,
      chance,
      watch,
      habits,
      faults: line,
      over: () => {
        this.#live--;
      },
    });
    this.#phones.push(phone);
    this.#live++;
    void phone.dial();
  }

  #node(name: string): WorldNode {
    const { clock, network, records, trouble, watches } = this;
    const { parts, office } = this.#givens;
    const chance = this.chance.of(name);
    return new WorldNode(name, {
      clock,
      network,
      records,
      trouble,
      parts,
      office,
      chance: () => chance.unit(),
      publicOrigin: 'https://calls.world',
      settings: {
        TWILIO_AUTH_TOKEN: AUTH_TOKEN,
        AGENT_SILENCE_MS: String(this.#agentSilenceMs),
        EDGE_SECRET,
        TRANSFER_NUMBER,
      },
      arrived: (call, process) => watches.arrived(call, process),
      released: (callId, process) => watches.released(callId, process),
      abandoned: (callId, process) => watches.abandoned(callId, process),
      fenced: (callId, process) => watches.of(callId).mayLose(process),
      complained: (process, message, fields) => this.#complained(process, message, fields),
    });
  }

  #openEdge(chance: Chance): Edge {
    const { clock, network, watches } = this;
    const { parts, office } = this.#givens;
    return new Edge({
      clock,
      network,
      parts,
      office,
      chance: () => chance.unit(),
      edgeSecret: EDGE_SECRET,
      settings: { longestSilenceMs: this.#agentSilenceMs, transferNumber: TRANSFER_NUMBER },
      arrived: (call, process) => watches.arrived(call, process),
      released: (callId, process) => watches.released(callId, process),
      abandoned: (callId, process) => watches.abandoned(callId, process),
      frameLeaves: call => watches.frameLeaves(call),
      complained: (process, message, fields) => this.#complained(process, message, fields),
      lost: process => watches.lost(process),
      placement: callSid => {
        const draws = this.chance.of(`placement of ${callSid}`);
        const clouds = this.nodes.map(({ origin }) => origin).sort(() => draws.unit() - 0.5);
        return { strategy: draws.pick(['edge-only', 'hybrid', 'hybrid', 'cloud-only']), clouds };
      },
    });
  }

  #complained(process: string, message: string, fields: object): void {
    this.tally.count(`complaint: ${message.replace(/\d+/g, 'n').slice(0, 60)}`);
    const about = this.watches.about(fields);
    if (about) about.tell(process, `${message} ${told(fields)}`);
    else this.tell(process, `${message} ${told(fields)}`);
  }

  /** Until every record is closed and the edge has forgotten every call, or it is plain that this will never be. */
  async #settle(): Promise<void> {
    const { clock, records, edge } = this;
    for (let ms = 0; ms < SETTLE_MS && (records.live.size > 0 || edge.kept.length > 0); ms += STEP_MS)
      await clock.advanceInside(STEP_MS);
    for (const object of edge.kept)
      this.watches.all[numberOf(object.callSid)]?.violation(
        'stuck',
        `the edge still keeps it: ${object.present?.stage}`,
      );
    await clock.advanceInside(10 * STEP_MS);
  }

  async #close(): Promise<void> {
    let closed = 0;
    for (const node of this.nodes) void node.close().then(() => closed++);
    for (let ms = 0; ms < SETTLE_MS && closed < this.nodes.length; ms += STEP_MS)
      await this.clock.advanceInside(STEP_MS);
    await this.clock.advanceInside(30 * STEP_MS);
  }
}

function told(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(' ')
    .slice(0, 200);
}
