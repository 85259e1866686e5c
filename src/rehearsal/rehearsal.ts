import type { AnyMachineSnapshot, AnyStateMachine, InspectionEvent } from 'xstate';
import type { Facts } from '../../machines/flow.ts';
import { type FlowView, viewFlow } from '../../machines/flow-view.ts';
import type { Call } from '../../runtime/call.ts';
import { type Clock, SimulatedClock } from '../../runtime/clock.ts';
import type { CallSummary, LogEntry, Turn } from '../../runtime/journal.ts';
import type { LanguageModel, Tool } from '../../runtime/ports.ts';
import { stateName } from '../call-views.ts';
import { makeNoise } from './caller-audio.ts';
import { SimulatedCarrier } from './carrier.ts';
import { type Fault, Faults, type FaultyPart } from './faults.ts';
import { FlowTrace } from './flow-trace.ts';
import { type Latencies, seeded, shaken, usualLatencies } from './latencies.ts';
import { MemoryJournal } from './memory-journal.ts';
import { Outside } from './outside.ts';
import { openParts, type ToolAnswer } from './parts.ts';
import { ReplyWatch } from './reply-watch.ts';
import { SimulatedCall } from './simulated-call.ts';
import { spokenLine } from './spoken-line.ts';
import { linesOf, type Speaker, type TranscriptLine } from './transcript.ts';
import { withFacts } from './with-facts.ts';

export interface RehearsalOptions {
  flow: AnyStateMachine;
  /** Default: the product's own, on the rehearsal's clock. */
  tools?: (clock: Clock) => readonly Tool[];
  /** A hosted model, which takes real time; default: the flow itself, which takes none. May meet its faults by itself. */
  model?: (clock: Clock, faults: Faults) => LanguageModel;
  /** BCP-47. Default `en-US`. */
  language?: string;
  /** Known when the call begins. */
  facts?: Facts;
  latencies?: Partial<Latencies>;
  /** What tools answer instead of running, by their names: one call after the other, the last for all that follow. */
  answers?: Readonly<Record<string, readonly ToolAnswer[]>>;
  /** What becomes of a caller who is passed to a person. `none`: there is no number. Default `connects`. */
  transfer?: 'connects' | 'fails' | 'none';
  /** The caller's number, E.164. */
  from?: string;
  /** Of all chance. Default 1. */
  seed?: number;
  /** Latencies stray as they do on real days, by the seed. */
  shaken?: boolean;
}

/** Playout in long steps: the caller hears no difference, for there is nothing to hear. */
const PLAYOUT = { leadMs: 300, markEveryMs: 200, markGraceMs: 2_000, maxBufferedBytes: 65_536, tickMs: 100 };
const TRANSFER_NUMBER = '+12025550199';
const RINGS_MS = { connects: 6_000, fails: 20_000 };
/** Nobody waits longer for an answer. */
const PATIENCE_MS = 120_000;
/** What writes the record looks again before it rests. */
const LAST_TIMERS_MS = 300;
/** Of the text ears in what they hear. */
const CONFIDENCE = 0.9;

/** Opens a whole call on simulated time and lets it begin; time passes only while one of its promises is waited for. */
export function openRehearsal(options: RehearsalOptions): Rehearsal {
  return new Rehearsal(options);
}

export class Rehearsal {
  readonly clock = new SimulatedClock();
  readonly call: Call;
  /** What happened, in order; grows as it happens. */
  readonly transcript: TranscriptLine[] = [];
  readonly trace: FlowTrace;
  /** The call's event log so far. */
  readonly entries: LogEntry[] = [];
  /** 0 … 1, of the ears in the words to come. */
  confidence = CONFIDENCE;
  readonly random: () => number;
  readonly #options: RehearsalOptions;
  readonly #faults: Faults;
  readonly #sim: SimulatedCall;
  readonly #reply: ReplyWatch;
  #callState = '';
  #flowState: string;
  #cause = '';
  #listeners = new Set<(line: TranscriptLine) => void>();

  constructor(options: RehearsalOptions) {
    this.#options = options;
    const { clock } = this;
    const { transfer = 'connects', answers = {}, facts, from } = options;
    this.random = seeded(options.seed ?? 1);
    this.#faults = new Faults({
      isGuessing: () => this.state === 'floor.replying.speculating',
      turn: () => this.#sim.call.record.lastTurn,
      wasHeard: turn => this.#sim.call.record.turns().some(heard => heard.turn === turn),
    });
    const outside = new Outside();
    const latencies = { ...usualLatencies, ...options.latencies };
    this.#sim = new SimulatedCall({
      clock,
      outside,
      flow: facts ? withFacts(options.flow, facts) : options.flow,
      providers: openParts({
        clock,
        faults: this.#faults,
        outside,
        latencyMs: part => (options.shaken ? shaken(latencies[part], this.random) : latencies[part]),
        confidence: () => this.confidence,
        model: options.model?.(clock, this.#faults) ?? null,
        tools: options.tools ?? null,
        answers: new Map(Object.entries(answers)),
      }),
      host: { playout: PLAYOUT, transferNumber: transfer === 'none' ? null : TRANSFER_NUMBER },
      journal: new MemoryJournal({ keepsSnapshots: false }),
      start: {
        flow: options.flow.id,
        language: options.language ?? 'en-US',
        startedAt: clock.wallTime(),
        ...(from && { from }),
      },
      openCarrier: () => new SimulatedCarrier(clock),
    });
    this.call = this.#sim.call;
    this.trace = new FlowTrace(this.call.flowSnapshot());
    this.#flowState = this.flow.state;
    this.#note('flow', this.#flowState);
    this.#reply = new ReplyWatch(this.#sim);
    this.call.log.listen(entry => this.#logged(entry));
    this.call.inspect(event => this.#inspected(event));
  }

  /** The path in the call's chart that tells most, as `floor.listening.quiet`. */
  get state(): string {
    return this.#sim.state;
  }

  /** Where the flow stands and what may be chosen there. */
  get flow(): FlowView {
    return viewFlow(this.call.flowSnapshot(), this.call.start.language);
  }

  get hasEnded(): boolean {
    return this.#sim.hasEnded;
  }

  /** The agent's turns so far, with what led to them. */
  get turns(): readonly Turn[] {
    return this.call.record.turns();
  }

  /** The record, once `end` has been waited for. */
  get summary(): CallSummary | undefined {
    return this.#sim.summary;
  }

  /** Tells of every line of the transcript as it is written. Returns how to stop. */
  onLine(listener: (line: TranscriptLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says `text` to its end, now. `…` in it is a short hesitation. */
  async callerSays(text: string): Promise<void> {
    await this.callerUtters(spokenLine(text), `“${text}”`);
  }

  /** Lets audio of caller-audio.ts be heard to its end. */
  async callerUtters(audio: readonly Buffer[], told: string): Promise<void> {
    this.#note('caller', told);
    this.#reply.expect();
    this.#sim.caller.say(audio);
    await this.#sim.until(() => !this.#sim.caller.isBusy, 'the caller to finish', PATIENCE_MS);
  }

  /** A sound that is no word. */
  async noise(ms: number): Promise<void> {
    await this.callerUtters(makeNoise(ms), `makes a noise of ${ms} ms`);
  }

  /** A sound that interrupts nobody, so long into the agent's reply. */
  async knock(afterMs: number, ms: number): Promise<void> {
    await this.pass(afterMs);
    this.#note('fault', `a noise of ${ms} ms`);
    this.#sim.caller.say(makeNoise(ms));
  }

  /** Presses keys, four a second. */
  async callerKeys(keys: string): Promise<void> {
    this.#note('caller', `keys ${keys}`);
    this.#reply.expect();
    this.#sim.caller.press(keys);
    await this.#sim.until(() => !this.#sim.caller.isBusy, 'the keys', PATIENCE_MS);
  }

  /** The caller says nothing for so long. */
  async silence(ms: number): Promise<void> {
    this.#note('caller', `is silent for ${ms / 1_000} s`);
    this.#reply.expect();
    await this.pass(ms);
  }

  async hangUp(): Promise<void> {
    this.#note('caller', 'hangs up');
    this.#reply.expect();
    this.#sim.carrier.hangUp();
    await this.pass(0);
  }

  /** The carrier's stream breaks off, and comes back after `backAfterMs`, or never. */
  async loseLine(backAfterMs: number | null): Promise<void> {
    this.#note('fault', 'the line is lost');
    this.#reply.expect();
    this.#sim.carrier.close();
    await this.pass(backAfterMs ?? 0);
    if (backAfterMs === null || this.hasEnded || this.call.isOver) return;
    this.#note('fault', 'the line is back');
    this.#sim.reconnect();
  }

  /** The next `times` uses of a part go wrong. */
  arm(part: FaultyPart, fault: Fault, times = 1): void {
    const how = fault.kind === 'slow' ? `is slow by ${fault.byMs} ms` : fault.kind;
    this.#note('fault', `the ${part} ${how}${times > 1 ? `, ${times} times` : ''}`);
    this.#faults.arm(part, fault, times);
  }

  async pass(ms: number): Promise<void> {
    await this.#sim.pass(ms);
  }

  /** Until it is the caller's turn, or the call is over. Throws a `StuckError`. */
  async untilListening(): Promise<void> {
    const isSo = () => this.hasEnded || (this.state === 'floor.listening.quiet' && !this.#sim.caller.isBusy);
    await this.#sim.until(isSo, 'the agent to listen', PATIENCE_MS);
  }

  /** Until the caller has heard so much of the reply. False when the agent falls silent before. */
  async untilHeard(much: { ms: number } | { words: number }): Promise<boolean> {
    await this.#sim.until(() => this.#reply.hasBegun || this.hasEnded, 'a reply', PATIENCE_MS);
    return this.#reply.untilHeard(much);
  }

  /** From the end of the caller's last words or keys to the first sound of the answer; null while there is none. */
  get answerMs(): number | null {
    return this.#reply.answerMs;
  }

  /** Lets the call end, by hanging up if it must, and be written down. */
  async end(): Promise<CallSummary> {
    if (!this.hasEnded) this.#sim.carrier.hangUp();
    await this.#sim.until(() => this.summary !== undefined, 'the record', PATIENCE_MS);
    await this.pass(LAST_TIMERS_MS);
    return this.summary as CallSummary;
  }

  #logged(entry: LogEntry): void {
    this.entries.push(entry);
    if (entry.kind === 'event') this.#cause = entry.event.type;
    if (entry.kind === 'timer') this.#cause = 'a deadline';
    for (const { who, text } of linesOf(entry)) this.#note(who, text);
  }

  #inspected(event: InspectionEvent): void {
    const isFlows = (event.actorRef as { id?: string }).id === 'flow';
    if (event.type === '@xstate.microstep' && isFlows) this.trace.follow(event);
    if (event.type !== '@xstate.snapshot') return;
    const snapshot = event.snapshot as AnyMachineSnapshot;
    if (isFlows) this.#flowMoved(event.event.type, snapshot);
    else if (event.actorRef.sessionId === event.rootId) this.#callMoved(stateName(snapshot.value));
  }

  #flowMoved(by: string, snapshot: AnyMachineSnapshot): void {
    const { state } = viewFlow(snapshot, this.call.start.language);
    if (state === this.#flowState && !by.startsWith('caller.')) return;
    this.#flowState = state;
    this.#note('flow', `${by} → ${state}`);
  }

  #callMoved(state: string): void {
    if (state === this.#callState) return;
    this.#callState = state;
    this.#note('call', `${this.#cause} → ${state}`);
    if (state === 'transferring') this.#transfer();
  }

  #transfer(): void {
    const { transfer = 'connects' } = this.#options;
    if (transfer === 'none') return;
    this.clock.setTimeout(() => {
      if (this.hasEnded || this.call.isOver || this.state !== 'transferring') return;
      if (transfer === 'connects') this.call.send({ type: 'transfer.connected' });
      else this.#sim.reconnect();
    }, RINGS_MS[transfer]);
  }

  #note(who: Speaker, text: string): void {
    const line = { atMs: this.call.log.nowMs, who, text };
    this.transcript.push(line);
    for (const listener of this.#listeners) listener(line);
  }
}
