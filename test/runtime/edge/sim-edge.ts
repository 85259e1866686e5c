import { CallHost } from '../../../runtime/call-host.ts';
import { type Clock, SimulatedClock, type TimerHandle } from '../../../runtime/clock.ts';
import type { ArchivedCall } from '../../../runtime/edge/archive.ts';
import { type CallNews, EdgeCall } from '../../../runtime/edge/edge-call.ts';
import type { EdgePlan } from '../../../runtime/edge/edge-storage.ts';
import type { CallCopy } from '../../../runtime/edge/relay-messages.ts';
import type { FrozenCall } from '../../../runtime/frozen-call.ts';
import type { LogEntry } from '../../../runtime/journal.ts';
import type { CarrierMessage } from '../../../runtime/media/media-streams.ts';
import type { CloudPlace, EdgePlace } from '../../../runtime/placement/places.ts';
import { stateName } from '../../../src/call-views.ts';
import { dtmfMessage, markMessage, mediaMessage, stopMessage } from '../../../src/caller/stream-messages.ts';
import { SimulatedCaller } from '../../../src/rehearsal/caller.ts';
import { callStart, quietLog, SimCarrier } from '../../harness/sim-call.ts';
import { speak } from '../../harness/spoken-text.ts';
import { KeptStorage } from './kept-storage.ts';
import { SimCloud } from './sim-cloud.ts';
import { type SimParts, simHost } from './sim-parts.ts';

export const CALL_SID = `CA${'7'.repeat(32)}`;

export interface SimEdgeOptions extends SimParts {
  plan?: Partial<EdgePlan>;
  /** How many cloud nodes there are; they share their records. Default 1. */
  clouds?: number;
}

/** The clock of one life of the object: with that, its timers end. */
class LifeClock implements Clock {
  readonly #clock: SimulatedClock;
  #isOver = false;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  end(): void {
    this.#isOver = true;
  }

  now(): number {
    return this.#clock.now();
  }

  wallTime(): number {
    return this.#clock.wallTime();
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    return this.#clock.setTimeout(() => this.#isOver || run(), delayMs);
  }

  clearTimeout(timer: TimerHandle): void {
    this.#clock.clearTimeout(timer);
  }
}

const edgePlace: EdgePlace = {
  usedSlots: 1,
  slots: 100,
  area: null,
  usdPerMinute: 0,
  addsMs: null,
  providers: { recognition: true, synthesis: true, model: true, tools: ['lookUpOrder'], languages: null },
};
const cloudPlace: CloudPlace = { isOpen: true, usdPerMinute: 0, addsMs: null };

/** One call at the edge on simulated time, between a caller with a carrier and cloud nodes that are the product's own. */
export class SimEdge {
  readonly clock = new SimulatedClock();
  readonly storage = new KeptStorage();
  readonly clouds: SimCloud[];
  readonly plan: EdgePlan;
  readonly archived: ArchivedCall[] = [];
  /** As the reviews find them. */
  readonly places = { edge: edgePlace, cloud: cloudPlace };
  /** How many more times the archive refuses. */
  archiveFailures = 0;
  /** How long the records take to give a call away. */
  claimMs = 0;
  /** The archive takes its time, and more than the object has. */
  isArchiveSilent = false;
  /** The records say that the call goes on there. */
  isLiveInCloud = false;
  readonly told: CallNews[] = [];
  call: EdgeCall;
  carrier: SimCarrier;
  readonly caller: SimulatedCaller;
  readonly #options: SimEdgeOptions;
  #life = new LifeClock(this.clock);
  #streams = 0;

  constructor(options: SimEdgeOptions = {}) {
    this.#options = options;
    const shared = {
      takeOver: async (_: string, to: CallHost) => {
        if (this.claimMs > 0)
          await new Promise<void>(resolve => this.clock.setTimeout(resolve, this.claimMs));
        return this.#claim(to);
      },
      completed: (copy: CallCopy) => this.#complete(copy),
    };
    this.clouds = Array.from(
      { length: options.clouds ?? 1 },
      (_, i) => new SimCloud(`https://cloud-${i + 1}`, this.clock, options, shared),
    );
    const start = callStart({
      callSid: CALL_SID,
      callId: 'call-1',
      node: 'edge-lhr',
      flowVersion: 'sim',
      startedAt: this.clock.wallTime(),
    });
    const { callSid, from, to, direction, parameters } = start;
    this.plan = {
      wish: { callSid, accountSid: 'AC', from, to, direction, parameters },
      start,
      agent: null,
      strategy: 'hybrid',
      mayStay: true,
      explanations: ['The call begins at the edge.'],
      clouds: this.clouds.map(({ url }) => url),
      ...options.plan,
    };
    this.call = this.#live();
    this.carrier = new SimCarrier(this.clock);
    this.caller = new SimulatedCaller(this.clock, this.carrier);
  }

  /** The webhook announces the call, and its stream comes. */
  async begin(): Promise<void> {
    if (this.call.stage === 'none') await this.call.wake();
    await this.call.announce(this.plan, 'token-1');
    await this.bringStream('token-1');
  }

  /** The carrier's stream broke, and its redirect brings another. Returns what the webhook was answered. */
  async comeBack(): Promise<string> {
    const after = this.call.afterStream();
    if (after.next !== 'reconnect') return after.next;
    await this.call.expectAgain('token-2');
    this.carrier = new SimCarrier(this.clock);
    this.caller.carrier = this.carrier;
    await this.bringStream('token-2');
    return after.next;
  }

  /** The object is evicted with all that it held in memory; its storage stays. Another takes its place when it is asked. */
  async evict(): Promise<void> {
    this.#life.end();
    this.carrier.isOpen = false;
    for (const cloud of this.clouds) cloud.edgeDied();
    this.call = this.#live();
    await this.call.wake();
  }

  #live(): EdgeCall {
    const clock = new LifeClock(this.clock);
    this.#life = clock;
    return new EdgeCall({
      clock,
      log: quietLog,
      storage: this.storage,
      openHost: (_, hooks) =>
        new CallHost({ ...simHost(clock, this.#options), ...hooks, placement: 'edge', node: 'edge-lhr' }),
      connect: (cloud, listener) => {
        const found = this.clouds.find(({ url }) => url === cloud);
        if (!found) throw new Error('there is no such node');
        return found.connect(listener);
      },
      archive: async (_, call) => {
        if (this.isArchiveSilent) return new Promise<boolean>(() => {});
        if (this.archiveFailures-- > 0) throw new Error('the records are down');
        if (this.isLiveInCloud) return false;
        this.archived.push(JSON.parse(JSON.stringify(call)));
        return true;
      },
      tellCloud: async (_, __, news) => void this.told.push(news),
      places: () => this.places,
      slot: { hold() {}, free() {} },
    });
  }

  /** As a node claims a call of another's from the records that they share. */
  #claim(to: CallHost) {
    const owner = this.clouds.find(
      ({ journal, host }) => host !== to && journal.started.length > 0 && journal.finished.length === 0,
    );
    const [start] = owner?.journal.started ?? [];
    if (!owner || !start) return null;
    const { frozen, entries } = JSON.parse(JSON.stringify(owner.journal)) as {
      frozen: FrozenCall | null;
      entries: LogEntry[];
    };
    owner.host.abandon(start.callId);
    owner.journal.started.length = 0;
    return frozen?.line
      ? to.prepare(frozen, entries, { reason: 'drain', isKnown: true })
      : to.restore(frozen, entries, start);
  }

  #complete({ start, entries }: CallCopy): void {
    const records = this.clouds.map(({ journal }) => journal);
    const known = records.find(({ started }) => started.length > 0);
    if (known && known.entries.length >= entries.length) return;
    const journal = known ?? records[0];
    journal?.started.splice(0, 1, start);
    journal?.entries.splice(0, Number.POSITIVE_INFINITY, ...entries);
  }

  /** The first node lets the call go, as one that drains, once it can. `writingMs`: how long the records take to know. */
  async drain(writingMs = 0): Promise<void> {
    const [cloud] = this.clouds;
    const call = cloud?.host.bySid(CALL_SID);
    if (!cloud || !call) throw new Error('The first node has no call.');
    if (!(await cloud.host.whenMovable(call.start.callId, 10_000))) throw new Error('The call cannot move.');
    const { frozen, entries } = cloud.host.release(call.start.callId);
    if (writingMs > 0) await new Promise<void>(resolve => this.clock.setTimeout(resolve, writingMs));
    cloud.journal.entries.splice(0, Number.POSITIVE_INFINITY, ...entries);
    await cloud.journal.release(call.start.callId, frozen);
    cloud.door.moved(CALL_SID);
  }

  async bringStream(token: string): Promise<void> {
    const { carrier } = this;
    const streamSid = `MZ${++this.#streams}`;
    const socket = carrier;
    // What the carrier says goes as text, as over the wire.
    carrier.connect({
      line: {
        receive: (message: CarrierMessage) => this.call.receive(socket, textOf(message, streamSid)),
        detach: (_: unknown, reason: string) => this.call.detach(socket, reason),
      },
    } as never);
    await this.call.attach(
      { streamSid, callSid: CALL_SID, accountSid: 'AC', customParameters: { token } },
      socket,
    );
  }

  /** Where the brain is: the state of the chart there. */
  get state(): string {
    const call = this.brain;
    return call ? stateName(call.state) : 'between';
  }

  get isOver(): boolean {
    return this.call.stage === 'over';
  }

  /** The call where it is worked on now; null while it is between two. */
  get brain() {
    return (
      this.call.edge?.call ??
      this.clouds
        .filter(({ isUp }) => isUp)
        .map(({ host }) => host.bySid(CALL_SID))
        .find(Boolean) ??
      null
    );
  }

  say(text: string): void {
    this.caller.say(speak(text));
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  async until(isSo: () => boolean, what: string, limitMs = 60_000): Promise<void> {
    for (let ms = 0; !isSo(); ms += 5) {
      if (ms >= limitMs) throw new Error(`Waited in vain for ${what}; the call is in ${this.state}.`);
      await this.clock.advance(5);
    }
  }

  listens(): Promise<void> {
    return this.until(() => this.state === 'floor.listening.quiet', 'the agent to listen');
  }

  /** Says `text`, and hears the answer to its end. */
  async converse(text: string): Promise<void> {
    this.say(text);
    await this.until(() => !this.caller.isBusy, 'the caller to finish');
    await this.until(() => this.isOver || this.state.startsWith('floor.replying'), 'a reply');
    await this.until(() => this.isOver || this.state === 'floor.listening.quiet', 'the end of the reply');
  }

  /** The alarm, if it is due by now. */
  async alarm(): Promise<void> {
    const { alarmAtMs } = this.storage;
    if (alarmAtMs === null || alarmAtMs > this.clock.wallTime()) return;
    this.storage.alarmAtMs = null;
    await this.call.alarm();
  }
}

function textOf(message: CarrierMessage, streamSid: string): string {
  const identity = { accountSid: 'AC', callSid: CALL_SID, streamSid };
  if (message.event === 'media') return mediaMessage(streamSid, 1, 1, 0, message.audio.toString('base64'));
  if (message.event === 'mark') return markMessage(streamSid, 1, message.name);
  if (message.event === 'dtmf') return dtmfMessage(streamSid, 1, message.digit);
  if (message.event === 'stop') return stopMessage(1, identity);
  throw new Error(`The carrier does not say ${message.event}.`);
}
