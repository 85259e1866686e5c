import type { Log } from '../call.ts';
import type { Clock } from '../clock.ts';
import type { CallSummary } from '../journal.ts';
import type { StreamStart } from '../media/media-streams.ts';
import type { CloudPlace, EdgePlace } from '../placement/places.ts';
import { freshWatch } from '../placement/review-placement.ts';
import type { CarrierSocket } from '../ports.ts';
import { Archive, type SendToArchive } from './archive.ts';
import { CallBook } from './call-book.ts';
import type { ConnectCloud } from './cloud-link.ts';
import { CloudWork } from './cloud-work.ts';
import type { EdgePlan, EdgeStorage, Stage } from './edge-storage.ts';
import { EdgeWork, type OpenHost } from './edge-work.ts';
import type { Afterwards, CallCopy } from './relay-messages.ts';
import { Switchboard } from './switchboard.ts';
import { applyUpdate, type CallUpdate } from './update.ts';

/** What the carrier is told; `apologise`: that the call cannot go on. `language` is BCP-47. */
export type AfterStream = Afterwards | { next: 'apologise'; language: string };

/** What the node that works on a call is told beside its stream: how ringing a person went, what became of the call at the carrier. */
export type CallNews = { dialed: string } | { status: string } | { update: CallUpdate };

export interface EdgeCallOptions {
  clock: Clock;
  log: Log;
  storage: EdgeStorage;
  openHost: OpenHost;
  connect: ConnectCloud;
  archive: SendToArchive;
  /** Rejects when the node cannot be told. */
  tellCloud(cloud: string, callSid: string, news: CallNews): Promise<void>;
  /** As edge and cloud are known now. */
  places(plan: EdgePlan): { edge: EdgePlace; cloud: CloudPlace };
  /** The call holds its place at the edge for a while longer, or gives it up. */
  slot: { hold(plan: EdgePlan): void; free(plan: EdgePlan): void };
}

/** A stream that is not here by then does not come. */
const EXPECTED_MS = 30_000;
/** A call that the cloud works on and that has had no stream here for so long is none of ours any more. */
const STREAMLESS_MS = 120_000;
const ENDED = ['completed', 'busy', 'failed', 'no-answer', 'canceled'];
const ANSWERED = ['completed', 'answered'];

/** Close codes of RFC 6455, section 7.4.1. */
const NORMAL = 1000;
const POLICY_VIOLATION = 1008;

/**
 * One call at the edge, from the webhook that announces it to its archived record. Holds the carrier's stream, and has the call
 * worked on: by a host of its own, or by a cloud node that it is the relay to. Needs nothing of the platform but its ports.
 */
export class EdgeCall {
  readonly #options: EdgeCallOptions;
  readonly #book: CallBook;
  readonly #archive: Archive;
  readonly #switchboard = new Switchboard();
  #edge: EdgeWork | null = null;
  #cloud: CloudWork | null = null;

  constructor(options: EdgeCallOptions) {
    this.#options = options;
    this.#book = new CallBook(options.clock, options.storage);
    this.#archive = new Archive(this.#book, options.archive, options.log);
  }

  get stage(): Stage['stage'] | 'none' {
    return this.#book.state?.stage ?? 'none';
  }

  /** The work on the call here, as long as there is any. */
  get edge(): EdgeWork | null {
    return this.#edge;
  }

  /** The node that works on the call, or null. */
  get cloud(): string | null {
    const { state } = this.#book;
    return state?.stage === 'cloud' ? state.cloud : null;
  }

  /** To be called once, before anything else: what an earlier life of the object left behind goes on. */
  async wake(): Promise<void> {
    const stored = await this.#book.load();
    if (stored?.state.stage === 'cloud') this.#openCloud(stored.plan);
    if (stored?.state.stage === 'here') await this.#restore();
  }

  // The carrier's webhooks.

  /** A call is on its way; its stream will show the token. Where it has begun already, only another stream is awaited. */
  async announce(plan: EdgePlan, token: string): Promise<void> {
    const expected = { token, untilMs: this.#book.nowMs + EXPECTED_MS };
    const { state } = this.#book;
    if (state && state.stage !== 'expected') await this.#book.keep({ ...state, expected });
    else await this.#book.begin(plan, { stage: 'expected', expected });
  }

  /** Another stream of a call that has begun is on its way. */
  async expectAgain(token: string): Promise<void> {
    if (this.#book.plan) await this.announce(this.#book.plan, token);
  }

  /** The stream is over, by either side or by accident: what the carrier is to do with the caller. */
  afterStream(): AfterStream {
    const { plan, state } = this.#book;
    const language = plan?.start.language ?? 'en-US';
    if (!state) return { next: 'hangUp' };
    if (state.stage === 'expected') return { next: 'apologise', language };
    if (state.stage === 'over') return state.isFailure ? { next: 'apologise', language } : state.after;
    if (state.stage === 'cloud') return state.after ?? { next: 'reconnect' };
    const call = this.#edge?.call;
    if (!call || call.isOver) return { next: 'hangUp' };
    return call.transferTo ? { next: 'dial', number: call.transferTo } : { next: 'reconnect' };
  }

  /** A person was rung. Returns whether they served the caller, so that nothing more follows. */
  async dialed(status: string): Promise<boolean> {
    const isServed = ANSWERED.includes(status);
    const { state } = this.#book;
    if (state?.stage === 'cloud') {
      await this.#tellCloud({ dialed: status });
      if (isServed) await this.#book.over({ next: 'hangUp' });
      else await this.#book.keep({ ...state, after: null });
    } else if (isServed) this.#edge?.call?.send({ type: 'transfer.connected' });
    return isServed;
  }

  /** The carrier's word on the call. */
  async status(status: string): Promise<void> {
    if (!ENDED.includes(status)) return;
    const stage = this.#book.state?.stage;
    if (stage === 'cloud') await this.#tellCloud({ status });
    if (stage === 'cloud' || stage === 'expected') {
      this.#cloud?.close();
      await this.#book.over({ next: 'hangUp' });
    } else this.#edge?.call?.send({ type: 'caller.hungUp' });
  }

  // The carrier's stream.

  /** A stream has said which call it carries. Returns false, with the socket closed, when it may not. */
  async attach(start: StreamStart, socket: CarrierSocket): Promise<boolean> {
    const { plan, state } = this.#book;
    const isExpected =
      state?.expected?.token === start.customParameters.token &&
      !this.#book.isPast(state?.expected?.untilMs ?? 0);
    if (!plan || !state || !isExpected) return refuse(socket, POLICY_VIOLATION, 'token not valid');
    if (state.stage === 'over') return refuse(socket, NORMAL, 'call is over');

    const stream = { socket, streamSid: start.streamSid };
    this.#switchboard.plug(stream);
    if (state.stage === 'here') {
      await this.#book.keep({ ...state, expected: null });
      this.#edge?.resume(stream);
    } else if (state.stage === 'cloud') {
      this.#switchboard.hold({ audio: false });
      await this.#book.keep({ ...state, expected: null, after: null });
      await this.#cloud?.rehome(state.cloud, true);
    } else if (plan.strategy !== 'cloud-only') this.#begin(plan);
    else await this.#beginInCloud(plan, stream.streamSid);
    return true;
  }

  receive(socket: CarrierSocket, text: string): void {
    this.#switchboard.receive(socket, text);
  }

  detach(socket: CarrierSocket, reason: string): void {
    this.#switchboard.unplug(socket, reason);
    const { state } = this.#book;
    if (state?.stage === 'cloud') void this.#book.keep({ ...state, sinceMs: this.#book.nowMs });
  }

  // Whoever watches.

  /** Returns whether there is a call to be told. */
  async update(update: CallUpdate): Promise<boolean> {
    const call = this.#edge?.call;
    if (call) applyUpdate(call, update);
    else if (this.cloud) await this.#tellCloud({ update });
    return call != null || this.cloud !== null;
  }

  /** Asks the cloud to go on with the call. Returns whether it does. */
  async handOff(): Promise<boolean> {
    return (await this.#edge?.handOff()) ?? false;
  }

  /** The backstop, and what is left to do once a call is over. */
  async alarm(): Promise<void> {
    const { plan, state } = this.#book;
    if (plan && state?.stage === 'here') this.#options.slot.hold(plan);
    const isAwaited = state?.stage === 'expected' && !this.#switchboard.stream;
    const isLate = isAwaited && this.#book.isPast(state.expected?.untilMs ?? 0);
    const isDone = state?.stage === 'over' && !state.archive && this.#book.isPast(state.forgetAtMs);
    if (isLate || isDone) {
      this.#free();
      await this.#book.forget();
    } else if (state?.stage === 'over' && state.archive) await this.#archive.run();
    else if (state?.stage === 'cloud' && this.#isStreamless(state.sinceMs))
      await this.#book.over({ next: 'hangUp' });
    else await this.#book.setAlarm();
  }

  // How it goes on.

  #begin(plan: EdgePlan): void {
    const { stream } = this.#switchboard;
    if (!stream) return;
    try {
      const edge = this.#openEdge(plan);
      void this.#book.keep({ stage: 'here', expected: null, watch: freshWatch });
      edge.begin(stream);
      this.#switchboard.connect(edge);
    } catch (error) {
      void this.#fail('A call could not begin.', error);
    }
  }

  async #beginInCloud(plan: EdgePlan, streamSid: string): Promise<void> {
    this.#switchboard.hold({ audio: true });
    const cloud = this.#openCloud(plan);
    const start = { ...plan.wish, callId: plan.start.callId };
    if (await cloud.begin({ event: 'aybiza.begin', start, streamSid })) return;
    if (!plan.mayStay) return this.#fail('No cloud node takes a call that the edge may not work on.');
    const why = 'No cloud node takes the call: it is worked on at the edge, with what there is.';
    this.#begin({ ...plan, strategy: 'hybrid', explanations: [...plan.explanations, why] });
  }

  async #restore(): Promise<void> {
    const stored = await this.#book.read();
    if (!stored) return;
    const watch = stored.state.stage === 'here' ? stored.state.watch : freshWatch;
    try {
      const edge = this.#openEdge(stored.plan, watch);
      edge.restore(stored.frozen, stored.entries);
      this.#switchboard.connect(edge);
    } catch (error) {
      await this.#fail('A call could not be restored.', error);
    }
  }

  /** Nobody can work on the call: the carrier says so to the caller. */
  async #fail(what: string, error?: unknown): Promise<void> {
    this.#options.log.error({ callSid: this.#book.plan?.start.callSid, err: error }, what);
    this.#edge = null;
    this.#free();
    await this.#book.over({ next: 'hangUp' }, { isFailure: true });
    this.#switchboard.close(NORMAL, 'the call cannot go on');
  }

  #openEdge(plan: EdgePlan, watch = freshWatch): EdgeWork {
    const { clock, log, storage, openHost, places, slot } = this.#options;
    slot.hold(plan);
    const edge = new EdgeWork({
      clock,
      log,
      plan,
      storage,
      openHost,
      switchboard: this.#switchboard,
      cloud: this.#openCloud(plan),
      places: () => places(plan),
      watch,
      watched: kept => this.#watched(kept),
      handedOff: () => {
        this.#edge = null;
        slot.free(plan);
      },
      ended: summary => this.#ended(summary),
    });
    this.#edge = edge;
    return edge;
  }

  #openCloud(plan: EdgePlan): CloudWork {
    const { clock, connect, log } = this.#options;
    const { callSid } = plan.start;
    const cloud = new CloudWork({
      clock,
      connect,
      callSid,
      switchboard: this.#switchboard,
      clouds: plan.clouds,
      warn: (message, error) => log.warn({ callSid, err: error }, message),
      copy: () => this.#copy(),
      taken: node => void this.#taken(node),
      proven: () => this.#proven(),
      over: after => void this.#cloudIsDone(after),
      abandoned: isOver => void this.#abandoned(isOver),
    });
    this.#cloud = cloud;
    return cloud;
  }

  #watched(watch: Extract<Stage, { stage: 'here' }>['watch']): void {
    const { state } = this.#book;
    if (state?.stage === 'here') void this.#book.keep({ ...state, watch });
  }

  #taken(cloud: string): Promise<void> {
    const { nowMs: sinceMs, state } = this.#book;
    const isProven = state?.stage === 'cloud' && state.isProven;
    return this.#book.keep({ stage: 'cloud', expected: null, cloud, isProven, sinceMs, after: null });
  }

  /** A node that took the call has spoken: it does not come back to the edge any more, whichever node it goes to. */
  #proven(): void {
    const { state } = this.#book;
    if (state?.stage !== 'cloud' || state.isProven) return;
    void this.#book.keep({ ...state, isProven: true });
  }

  async #copy(): Promise<CallCopy | null> {
    const stored = await this.#book.read();
    return stored?.frozen
      ? { start: stored.plan.start, frozen: stored.frozen, entries: stored.entries }
      : null;
  }

  async #cloudIsDone(after: Afterwards): Promise<void> {
    const { state } = this.#book;
    if (after.next !== 'hangUp' && state?.stage === 'cloud') await this.#book.keep({ ...state, after });
    else await this.#book.over(after);
    this.#switchboard.close(NORMAL, 'call ended');
  }

  /** No node goes on with the call. If none ever did, it is still here; else the caller is told. */
  async #abandoned(isOver: boolean): Promise<void> {
    const { state } = this.#book;
    const { stream } = this.#switchboard;
    if (state?.stage === 'cloud' && !state.isProven && stream) {
      await this.#book.keep({ stage: 'here', expected: null, watch: freshWatch });
      await this.#restore();
      this.#edge?.resume(stream);
    } else if (isOver) await this.#cloudIsDone({ next: 'hangUp' });
    else await this.#fail('No cloud node goes on with a call.');
  }

  async #ended(summary: CallSummary): Promise<void> {
    this.#edge = null;
    this.#free();
    await this.#book.over({ next: 'hangUp' }, { archive: summary });
    await this.#archive.run();
  }

  async #tellCloud(news: CallNews): Promise<void> {
    const { plan } = this.#book;
    if (!plan || this.cloud === null) return;
    const { callSid } = plan.start;
    try {
      await this.#options.tellCloud(this.cloud, callSid, news);
    } catch (error) {
      this.#options.log.warn({ callSid, err: error }, 'The cloud could not be told about its call.');
    }
  }

  #free(): void {
    if (this.#book.plan) this.#options.slot.free(this.#book.plan);
  }

  #isStreamless(sinceMs: number): boolean {
    return !this.#switchboard.stream && this.#book.isPast(sinceMs + STREAMLESS_MS);
  }
}

function refuse(socket: CarrierSocket, code: number, reason: string): false {
  socket.close(code, reason);
  return false;
}
