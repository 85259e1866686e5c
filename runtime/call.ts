import {
  type Actor,
  type AnyActorRef,
  type AnyMachineSnapshot,
  createActor,
  type InspectionEvent,
  type StateValue,
} from 'xstate';
import type { callMachine } from '../machines/call.ts';
import type { CallEvent, ToolCall, ToolResult } from '../machines/call-events.ts';
import { type FlowView, viewFlow } from '../machines/flow-view.ts';
import type { Floor } from '../machines/turn-taking.ts';
import { BlackBox } from './black-box.ts';
import { CallLog, ChartClock } from './call-log.ts';
import { CallRecord } from './call-record.ts';
import type { Clock } from './clock.ts';
import { mustFit, TimerBook } from './freeze.ts';
import { FROZEN_SCHEMA, type FrozenCall } from './frozen-call.ts';
import type { CallStart, CallSummary, LogEntry } from './journal.ts';
import type { CallLine } from './media/line.ts';
import type { Carrier, CarrierSocket, ModelRequest } from './ports.ts';

/** What the actors of a call look their call up in. */
export interface Calls {
  /** Throws when there is no such call. */
  get(callId: string): Call;
  /** Another node has the call now. */
  abandon(callId: string): void;
}

/** pino's shape, as far as the runtime needs it. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A tool at work. */
export interface AtWork {
  /** Whether it works on just what is asked for. */
  isFor(request: ToolCall): boolean;
  /** Its outcome is waited for under another id from now on. */
  handOver(request: ToolCall): Promise<ToolResult>;
}

export interface CallSettings {
  /** How long a model may take to its first event. */
  firstTokenTimeoutMs: number;
  /** Silence that a caller hears at most while the agent has the floor; a short filler breaks it. */
  longestSilenceMs: number;
}

export interface CallOptions {
  machine: typeof callMachine;
  start: CallStart;
  clock: Clock;
  log: Log;
  settings: CallSettings;
  /** Where a call that begins here runs. */
  placement: 'edge' | 'cloud';
  /** Keeps the whole log in memory. */
  keepsLog: boolean;
  /** The call's audio; made here because it tells the call what it hears. */
  openLine(call: Call, floor: Floor, utterances: number): CallLine;
  /** The chart has ended, in `failed` if by an error. */
  ended(call: Call, failed: unknown): void;
  restore?: { frozen: FrozenCall; entries: readonly LogEntry[] };
}

/** One call: its chart's actor, its audio, its log and its record. Everything that happens comes in by `send`. */
export class Call {
  readonly start: CallStart;
  readonly clock: Clock;
  readonly settings: CallSettings;
  readonly log: CallLog;
  readonly record: CallRecord;
  readonly blackBox = new BlackBox();
  readonly line: CallLine;
  /** Tools at work for the call, also such as nobody waits for any more. */
  readonly toolRuns = new Set<AtWork>();
  /** The number the caller is being passed to; the carrier asks for it. */
  transferTo: string | null = null;
  readonly #actor: Actor<typeof callMachine>;
  readonly #timers: TimerBook;
  readonly #operatorLog: Log;
  readonly #betweenSentences = new Set<() => void>();
  #flow: AnyMachineSnapshot | null = null;
  #view: FlowView | null = null;
  #ended = false;

  constructor(options: CallOptions) {
    const { machine, start, clock, placement, restore } = options;
    this.start = start;
    this.clock = clock;
    this.settings = options.settings;
    this.#operatorLog = options.log;
    this.log = new CallLog(clock, restore?.frozen, options.keepsLog ? (restore?.entries ?? []) : null);
    this.record = restore ? CallRecord.of(restore.entries) : new CallRecord();
    this.log.listen(entry => this.record.apply(entry));

    const chartClock = new ChartClock(clock, timer => this.#timerFired(timer));
    this.#actor = createActor(machine, {
      input: { callId: start.callId, placement },
      clock: chartClock,
      ...(restore && { snapshot: restore.frozen.actor.snapshot }),
    });
    if (restore) mustFit(this.#actor);
    this.#timers = new TimerBook(this.#actor, chartClock);
    this.#actor.subscribe({
      error: error => this.#end(options, error),
      complete: () => this.#end(options, null),
    });
    this.line = options.openLine(this, restore?.frozen.floor ?? 'greeting', restore?.frozen.utterances ?? 0);
  }

  /**
   * Starts the chart, of a restored call `elapsedMs` after it was written down. The call must be registered first: its
   * actors look it up at once.
   */
  run(restored?: FrozenCall, elapsedMs = 0): void {
    this.#actor.start();
    if (restored) this.#timers.thaw(restored.actor, elapsedMs);
    const flow = this.#actor.system.get('flow');
    if (!flow) return;
    this.#followFlow(flow.getSnapshot());
    flow.subscribe((snapshot: AnyMachineSnapshot) => this.#followFlow(snapshot));
  }

  /** The one door: what comes in here is logged, and drives the chart. */
  send(event: CallEvent): void {
    if (this.#ended) return;
    this.log.event(event);
    this.#actor.send(event);
    this.#remember(event.type);
  }

  /** A new stream of the carrier for the same call, or a way back to the one that it had: `isCutOff` is told to the line. */
  resume(socket: CarrierSocket, streamSid: string, isCutOff = false): void {
    this.transferTo = null;
    this.line.attach(socket, streamSid, isCutOff);
    this.send({ type: 'line.resumed' });
  }

  /** The stream of a call that came here with nothing lost, unless it was lost before. */
  attach({ socket, streamSid, isCutOff = false }: Carrier): void {
    if (this.#actor.getSnapshot().matches({ live: { floor: 'onHold' } })) this.resume(socket, streamSid);
    else this.line.attach(socket, streamSid, isCutOff);
  }

  /** A call that began at the edge runs in the cloud now. */
  takeToCloud(): void {
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.context.placement === 'cloud' || !snapshot.matches('live')) return;
    if (!snapshot.matches({ live: { placement: 'handingOff' } })) this.send({ type: 'placement.handOff' });
    this.send({ type: 'placement.taken' });
  }

  /** Nothing is under way that could not be written down. */
  get isMovable(): boolean {
    if (this.#ended || this.toolRuns.size > 0) return false;
    const snapshot = this.#actor.getSnapshot();
    return movableFloors.some(floor => snapshot.matches({ live: { floor } })) && this.line.isMovable;
  }

  /** The agent's voice has come to the end of a sentence. */
  betweenSentences(): void {
    for (const listener of this.#betweenSentences) listener();
  }

  /** Returns how to stop. */
  onBetweenSentences(listener: () => void): () => void {
    this.#betweenSentences.add(listener);
    return () => this.#betweenSentences.delete(listener);
  }

  /** The conversation is over, or nearly: no new stream should come. */
  get isOver(): boolean {
    return this.#ended || this.#actor.getSnapshot().matches('wrappingUp');
  }

  /** Where its chart runs. */
  get placement(): 'edge' | 'cloud' {
    return this.#actor.getSnapshot().context.placement;
  }

  /** Let go, or taken over by another node: nothing more happens here, and it is not over. */
  get goesOnElsewhere(): boolean {
    return this.#actor.getSnapshot().status === 'stopped';
  }

  get state(): StateValue {
    return this.#actor.getSnapshot().value;
  }

  hasTag(tag: 'live' | 'agentTalking' | 'callerWaiting' | 'interruptible'): boolean {
    return this.#actor.getSnapshot().hasTag(tag);
  }

  flowSnapshot(): AnyMachineSnapshot {
    const flow = this.#actor.system.get('flow');
    const snapshot = flow ? flow.getSnapshot() : this.#flow;
    if (!snapshot) throw new Error('The call has no flow.');
    return snapshot;
  }

  textOf(utterances: readonly number[]): string {
    return utterances.map(id => this.record.utterance(id)?.text ?? '').join(' ');
  }

  /** How the words came, the worst of each figure. */
  wordsOf(utterances: readonly number[]): Pick<ModelRequest, 'by' | 'confidence' | 'audio'> {
    const said = utterances.map(id => this.record.utterance(id)).filter(utterance => utterance !== undefined);
    const measured = said.flatMap(({ audio }) => audio ?? []);
    const [worst] = measured.sort((one, other) => one.score - other.score);
    return {
      by: said.at(-1)?.by ?? 'voice',
      confidence: Math.min(1, ...said.map(utterance => utterance.confidence)),
      ...(worst && { audio: worst }),
    };
  }

  /** Dotted path of the flow's state; null before the flow has begun. */
  get flowState(): string | null {
    return this.#view?.state ?? null;
  }

  /** Without what is in mid-air. */
  freeze(): FrozenCall {
    return {
      schema: FROZEN_SCHEMA,
      start: this.start,
      seq: this.log.seq,
      atMs: this.log.nowMs,
      floor: this.line.floor,
      utterances: this.line.ear.utterances,
      actor: this.#timers.freeze(),
    };
  }

  /** With all that is in mid-air. Only while `isMovable`. */
  freezeWhole(): FrozenCall {
    return { ...this.freeze(), line: this.line.freeze() };
  }

  /** The call goes on elsewhere: nothing more happens here. Gives back the carrier's socket, which stays open. */
  stop(): CarrierSocket | null {
    this.#ended = true;
    this.#actor.stop();
    return this.line.stop();
  }

  /** Of the call's actor system, to be looked at. What drives the call comes in by `send`. */
  get root(): AnyActorRef {
    return this.#actor;
  }

  /** Watches everything inside the call's actor system, for as long as somebody looks. Returns how to stop. */
  inspect(observer: (event: InspectionEvent) => void): () => void {
    const subscription = this.#actor.system.inspect(observer);
    return () => subscription.unsubscribe();
  }

  /** The record as it stands. */
  summarise(): CallSummary {
    const { output } = this.#actor.getSnapshot();
    return this.record.summarise(this.start, {
      endedAt: this.clock.wallTime(),
      outcome: output?.outcome ?? 'interrupted',
      ...(this.#view && { facts: this.#view.facts, flowState: this.#view.state }),
      ...(output && { unanswered: output.unanswered }),
    });
  }

  warn(message: string, error: unknown): void {
    this.#operatorLog.warn({ callId: this.start.callId, err: error }, message);
    this.log.note({
      type: 'warning',
      text: `${message} ${error instanceof Error ? error.message : String(error)}`,
    });
  }

  #followFlow(snapshot: AnyMachineSnapshot): void {
    if (this.#ended) return;
    this.#flow = snapshot;
    this.#view = viewFlow(snapshot, this.start.language);
    this.line.follow(this.#view);
  }

  #timerFired(timer: number): void {
    this.log.timer(timer);
    // The chart acts on the timer after this call; what it did is remembered with the next entry's state.
    queueMicrotask(() => this.#remember(`timer ${timer}`));
  }

  #remember(event: string): void {
    this.blackBox.write({ atMs: this.log.nowMs, event, state: this.#actor.getSnapshot().value });
  }

  #end(options: CallOptions, error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    options.ended(this, error);
  }
}

/** Where everything that is under way can be written down. */
const movableFloors = [
  { listening: 'quiet' },
  'onHold',
  { replying: 'speaking' },
  { replying: 'disclosing' },
] as const;
