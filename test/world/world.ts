import { SimulatedClock } from '../../runtime/clock.ts';
import { Balancer } from './balancer.ts';
import { CallWatch, type Violation } from './call-watch.ts';
import { Chance } from './chance.ts';
import type { DatabaseTrouble } from './database.ts';
import { drawTrouble, type FaultClass, natureOf } from './faults.ts';
import { checkCall, checkMachines } from './invariants.ts';
import { Machines } from './machines.ts';
import { Network } from './network.ts';
import { WorldNode } from './node.ts';
import type { PartsWorld } from './parts.ts';
import { AUTH_TOKEN, PhoneCall } from './phone-call.ts';
import { Process } from './process.ts';
import { Records } from './records.ts';
import { Tally } from './tally.ts';

export interface WorldOptions {
  /** Of everything that is left to chance. */
  seed: string;
  calls: number;
  nodes: number;
  /** What may go wrong. */
  faults: ReadonlySet<FaultClass>;
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
const SETTLE_MS = 240_000;
const AGENT_SILENCE_MS = 3_000;
/** Of that, what voices, pacers and lines may add. */
const SLACK_MS = 900;
const latencies = { model: 300, voice: 120, recognition: 120 };

/** Many calls on a few machines, on one clock: everything that happens is decided by the seed. */
export class World {
  readonly clock = new SimulatedClock();
  readonly records = new Records();
  readonly network: Network;
  readonly nodes: readonly WorldNode[];
  readonly watches: CallWatch[] = [];
  readonly tally = new Tally();
  readonly trouble: DatabaseTrouble = { downUntilMs: 0, slowness: 1, lostAnswers: 0 };
  readonly options: WorldOptions;
  readonly faults: ReadonlySet<FaultClass>;
  readonly chance: Chance;
  readonly violations: Violation[] = [];
  readonly #carrier: Process;
  readonly #balancer: Balancer;
  readonly #byCallId = new Map<string, CallWatch>();
  readonly #phones: PhoneCall[] = [];
  readonly #chances = new Map<string, Chance>();
  #live = 0;

  constructor(options: WorldOptions) {
    this.options = options;
    this.faults = options.faults;
    this.chance = new Chance(options.seed);
    this.network = new Network(this.clock, this.chance.of('network'));
    this.#carrier = new Process('carrier', this.clock);
    this.nodes = Array.from({ length: options.nodes }, (_, at) => this.#node(`node-${at + 1}`));
    this.#balancer = new Balancer(this.network, this.chance.of('balancer'), () => this.nodes);
    this.network.onServerSends = (data, text) => {
      const { call } = data as { call?: Parameters<CallWatch['frameLeaves']>[0] };
      if (call && text.startsWith('{"event":"media"'))
        this.#byCallId.get(call.start.callId)?.frameLeaves(call);
    };
  }

  async run(): Promise<WorldResult> {
    for (const node of this.nodes) void node.start();
    await this.clock.advanceInside(2 * STEP_MS);
    const machines = new Machines(this);
    machines.plan(this.options.calls * ARRIVAL_MS);
    this.#planCalls();
    while (this.#phones.length < this.options.calls || this.#live > 0)
      await this.clock.advanceInside(STEP_MS);
    machines.heal();
    await this.#settle();
    for (const watch of this.watches) checkCall(watch, this.records);
    await this.#close();
    checkMachines(this.nodes, this.clock, what =>
      this.violated({ callSid: 'world', rule: 'stuck', what, atMs: this.clock.now() }),
    );
    return { violations: this.violations, tally: this.tally, simulatedMs: this.clock.now() };
  }

  /** What happens to machines, for whoever follows a call. */
  tell(who: string, what: string): void {
    const { story } = this.options;
    if (story) this.watches[story.call]?.tell(who, what);
  }

  violated(violation: Violation): void {
    this.violations.push(violation);
  }

  /** Everything that a process had to say is lost. */
  lost(process: Process): void {
    for (const watch of this.watches) if (watch.overMs === null) watch.lostOwner(process.name);
  }

  #planCalls(): void {
    const chance = this.chance.of('arrivals');
    let atMs = 0;
    for (let number = 0; number < this.options.calls; number++) {
      atMs += chance.between(0, 2 * ARRIVAL_MS);
      this.clock.setTimeout(() => this.#dial(number), atMs);
    }
  }

  #dial(number: number): void {
    const chance = this.chance.of(`call ${number}`);
    const { habits, line } = natureOf(this.faults, chance.of('nature'));
    const callSid = `CA${number.toString(16).padStart(32, '0')}`;
    const { story } = this.options;
    const watch = new CallWatch(callSid, {
      clock: this.clock,
      longestSilenceMs: AGENT_SILENCE_MS + SLACK_MS,
      violated: violation => this.violated(violation),
      story: story?.call === number ? story.tell : null,
      did: habit => this.tally.struck(habit),
      count: what => this.tally.count(what),
    });
    this.watches[number] = watch;
    const phone = new PhoneCall(callSid, {
      clock: this.clock,
      network: this.network,
      carrier: this.#carrier,
      balancer: this.#balancer,
      chance,
      watch,
      habits,
      faults: line,
      struck: fault => this.tally.struck(fault),
      over: () => {
        this.#live--;
      },
    });
    this.#phones.push(phone);
    this.#live++;
    void phone.dial();
  }

  #node(name: string): WorldNode {
    const { clock, network, records, trouble } = this;
    const chance = this.chance.of(name);
    return new WorldNode(name, {
      clock,
      network,
      records,
      trouble,
      parts: this.#parts,
      office: {
        clock,
        fate: callId => this.#toolFate(callId),
        placed: (callId, item) => this.#watchOf(callId).orders.place(item),
        began: callId => this.#phoneOf(callId)?.caller?.toolBegan(),
      },
      chance: () => chance.unit(),
      publicOrigin: 'https://calls.world',
      settings: {
        TWILIO_AUTH_TOKEN: AUTH_TOKEN,
        AGENT_SILENCE_MS: String(AGENT_SILENCE_MS),
        TRANSFER_NUMBER: '+12025550199',
      },
      arrived: (call, process) => {
        const watch = this.watches[numberOf(call.start.callSid)] as CallWatch;
        this.#byCallId.set(call.start.callId, watch);
        watch.follow(call, process);
      },
      ended: (call, summary, process) => this.#watchOf(call.start.callId).ended(process, summary.outcome),
      complained: (process, message, fields) => {
        this.tally.count(`complaint: ${message.replace(/\d+/g, 'n').slice(0, 60)}`);
        this.tell(process, `${message} ${told(fields)}`);
      },
    });
  }

  readonly #parts: PartsWorld = {
    trouble: (callId, part) => {
      const watch = this.#watchOf(callId);
      const drawn = drawTrouble(part, this.faults, this.#chanceOf(callId, part));
      if (!drawn) return null;
      this.tally.struck(drawn.fault);
      watch.tell('fault', drawn.fault);
      // Words cannot break a silence that the voice makes.
      if (part === 'voice') watch.silence.lost();
      return drawn.trouble;
    },
    latencyMs: (callId, part) => this.#chanceOf(callId, part).latency(latencies[part]),
    spoken: (callId, text, bytes, speaker) => this.#watchOf(callId).spoken(text, bytes, speaker),
  };

  #toolFate(callId: string) {
    const chance = this.#chanceOf(callId, 'tool');
    const usual = { afterMs: chance.latency(400), does: true, tells: true };
    if (!chance.happens(0.2)) return usual;
    const fault = chance.pick(['toolFails', 'toolAnswerLost', 'toolSlow', 'toolTooSlow'] as const);
    if (!this.faults.has(fault)) return usual;
    this.tally.struck(fault);
    this.#watchOf(callId).tell('fault', fault);
    if (fault === 'toolFails') return { ...usual, does: false };
    if (fault === 'toolAnswerLost') return { ...usual, tells: false };
    return {
      ...usual,
      afterMs: fault === 'toolSlow' ? chance.between(1_500, 5_000) : chance.between(6_500, 12_000),
    };
  }

  #watchOf(callId: string): CallWatch {
    const watch = this.#byCallId.get(callId);
    if (!watch) throw new Error(`Nobody has heard of the call ${callId}.`);
    return watch;
  }

  #phoneOf(callId: string): PhoneCall | undefined {
    return this.#phones[numberOf(this.#watchOf(callId).callSid)];
  }

  #chanceOf(callId: string, what: string): Chance {
    const { callSid } = this.#watchOf(callId);
    const key = `${callSid} ${what}`;
    const chance = this.#chances.get(key) ?? this.chance.of(key);
    this.#chances.set(key, chance);
    return chance;
  }

  /** Until every record is closed, or it is plain that one never will be. */
  async #settle(): Promise<void> {
    for (let ms = 0; ms < SETTLE_MS && this.records.live.size > 0; ms += STEP_MS)
      await this.clock.advanceInside(STEP_MS);
    await this.clock.advanceInside(10 * STEP_MS);
  }

  async #close(): Promise<void> {
    let closed = 0;
    for (const node of this.nodes) void node.close().then(() => closed++);
    for (let ms = 0; ms < SETTLE_MS && closed < this.nodes.length; ms += STEP_MS)
      await this.clock.advanceInside(STEP_MS);
    await this.clock.advanceInside(30 * STEP_MS);
  }
}

function numberOf(callSid: string): number {
  return Number.parseInt(callSid.slice(2), 16);
}

function told(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value instanceof Error ? value.message : JSON.stringify(value)}`)
    .join(' ')
    .slice(0, 200);
}
