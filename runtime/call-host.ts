import type { AnyStateMachine } from 'xstate';
import type { Floor, TurnTaking } from '../machines/turn-taking.ts';
import type { Reply } from './actors/reply.ts';
import { Call, type CallSettings, type Calls, type Log } from './call.ts';
import { CallCharts } from './call-charts.ts';
import type { Clock } from './clock.ts';
import { FROZEN_SCHEMA, type FrozenCall } from './frozen-call.ts';
import type { CallStart, CallSummary, Journal, LogEntry, MoveReason } from './journal.ts';
import { CallLine } from './media/line.ts';
import { Pacer } from './media/pacer.ts';
import { defaultPlayout, type PlayoutSettings } from './media/playout.ts';
import type { Arrival, PreparedCall, ReleasedCall } from './moving/prepared-call.ts';
import { bringUpToDate, transferIn } from './moving/up-to-date.ts';
import { whenMovable } from './moving/when-movable.ts';
import type {
  CarrierSocket,
  LanguageModel,
  Recognition,
  Synthesis,
  Tool,
  ToolLedger,
  VoiceActivity,
} from './ports.ts';
import { RecordKeeper } from './record-keeper.ts';
import { MemoryToolLedger } from './tool-ledger.ts';

export interface Providers {
  voiceActivity: VoiceActivity;
  recognition: Recognition;
  synthesis: Synthesis;
  model: LanguageModel;
  tools: readonly Tool[];
}

/** Who talks on a call, and about what. */
export interface HostAgent {
  providers: Providers;
  /** The flow that a call follows from its start to its end; a later call may be given another. */
  flow(start: CallStart): AnyStateMachine;
  voice: string;
  /** Where callers who ask for a person go; without it they hear that nobody is there. */
  transferNumber: string | null;
}

/** The agent that the options themselves describe takes the calls that name none. */
export interface HostOptions extends HostAgent {
  clock: Clock;
  journal: Journal;
  log: Log;
  /** By name, as calls name them. */
  agents?: ReadonlyMap<string, HostAgent>;
  /** Of the chart's named delays, in milliseconds. */
  delays?: Partial<Record<string, number>>;
  playout?: PlayoutSettings;
  /** The manners of every floor; default those of machines/turn-taking.ts. */
  turnTaking?: Record<Floor, TurnTaking>;
  settings?: Partial<CallSettings>;
  /** Name of this node, for the record of a call that comes here; default that of the node where the call began. */
  node?: string;
  /** Where the calls that begin here run; default `cloud`. */
  placement?: 'edge' | 'cloud';
  /** Default: in memory, for as long as the call is here. */
  toolLedger?: ToolLedger;
  /** Keeps every call's whole log beside it, for `release`; default false. */
  keepsLogs?: boolean;
  /** Hears of every call that has begun or has come here, for whoever watches. */
  onCall?(call: Call): void;
  /** Hears of every call that has ended, once, after the last entry of its log. */
  onEnded?(call: Call, summary: CallSummary): void;
  /** Hears of every call that goes on elsewhere, once: nothing more of it happens here, and it has not ended. */
  onReleased?(call: Call): void;
  /** Like `onReleased`, of a call that another node has taken over. */
  onAbandoned?(call: Call): void;
}

/**
 * All calls of this process, each an actor system of its own in a plain map: ending a call among siblings under one
 * parent costs more with every sibling.
 */
export class CallHost implements Calls {
  readonly pacer: Pacer;
  readonly #options: HostOptions;
  readonly #charts: CallCharts;
  readonly #settings: CallSettings;
  readonly #calls = new Map<string, Call>();
  readonly #bySid = new Map<string, Call>();
  readonly #replies = new Map<string, Reply>();
  readonly #keeper: RecordKeeper;
  /** Where no other ledger is given. */
  readonly #toolMemory = new MemoryToolLedger();
  #waiting: (() => void)[] = [];

  constructor(options: HostOptions) {
    this.#options = options;
    this.pacer = new Pacer(options.clock, options.playout?.tickMs);
    this.#keeper = new RecordKeeper(options.journal, options.clock, options.log, callId =>
      this.abandon(callId),
    );
    this.#charts = new CallCharts({
      calls: this,
      toolLedger: options.toolLedger ?? this.#toolMemory,
      delays: options.delays,
      replyOpened: (callId, reply) => this.#replies.set(callId, reply),
      handToPerson: (call, number) => this.#handToPerson(call, number),
    });
    this.#settings = { firstTokenTimeoutMs: 10_000, longestSilenceMs: 3_000, ...options.settings };
  }

  get size(): number {
    return this.#calls.size;
  }

  get(callId: string): Call {
    const call = this.#calls.get(callId);
    if (!call) throw new Error(`There is no call ${callId}.`);
    return call;
  }

  bySid(callSid: string): Call | undefined {
    return this.#bySid.get(callSid);
  }

  /** Whether the records know of a call that is here: until they do nobody else could go on with it. */
  isOnRecord(callId: string): boolean {
    return this.#keeper.hasBegun(callId);
  }

  /** Whether a call has ended here and its record is not written yet: nobody else is to look after it. */
  isFinishing(callSid: string): boolean {
    return this.#keeper.isFinishing(callSid);
  }

  calls(): Iterable<Call> {
    return this.#calls.values();
  }

  /** A call arrives on `socket`. */
  begin(start: CallStart, socket: CarrierSocket, streamSid: string): Call {
    const call = this.#open(start);
    call.line.attach(socket, streamSid);
    this.#admit(call);
    this.#keeper.keep(call, false);
    call.run();
    this.#options.onCall?.(call);
    return call;
  }

  /**
   * A call goes on whose node died: from its latest snapshot, or from its beginning, by its log. Its line is lost; `resume`
   * brings it back. Throws when the call has ended, or does not fit what is here: see `prepare`.
   */
  restore(
    left: FrozenCall | null,
    entries: readonly LogEntry[],
    start: CallStart | undefined = left?.start,
  ): Call {
    if (!start)
      throw new Error('A call without a snapshot can only be restored with what it was started with.');
    if (left) mustBeReadable(left);
    this.#mustBeElsewhere(start);
    const chart = this.#charts.inert(this.#agentOf(start).flow(start));
    const { frozen, told } = bringUpToDate(chart, { start, frozen: left, entries }, this.#options);
    const call = this.#open(start, { frozen, entries });
    this.#admit(call);
    this.#keeper.keep(call, true);
    if (told) call.log.event(told);
    call.run(frozen);
    this.#arrived(call, 'nodeDied');
    if (!call.isOver && !call.hasTag('live'))
      call.transferTo = transferIn(entries) ?? this.transferNumberOf(call);
    this.#options.onCall?.(call);
    return call;
  }

  /**
   * Resolves with true at a moment at which the call can be released: do so in the continuation, without waiting for anything
   * else. With false when none came within the time, or the call is not here any more.
   */
  whenMovable(callId: string, withinMs: number): Promise<boolean> {
    const call = this.#calls.get(callId);
    return call ? whenMovable(call, this.#options.clock, withinMs) : Promise.resolve(false);
  }

  /**
   * Lets a call go that goes on elsewhere: it stops without a sound, an event or a record. What is left to the caller of
   * this: the carrier's socket. Throws when the call is at no point where that can be done.
   */
  release(callId: string): ReleasedCall {
    const call = this.get(callId);
    if (!call.isMovable)
      throw new Error(`The call ${callId} cannot be moved at this moment: wait with whenMovable.`);
    const frozen = call.freezeWhole();
    const unwritten = this.#keeper.letGo(callId);
    call.stop();
    this.#forget(call);
    this.#options.onReleased?.(call);
    return { frozen, entries: call.log.entries ?? unwritten };
  }

  /**
   * Makes a call ready to go on here; `entries` is its whole log. Throws when it does not fit: its agent or the version of
   * its flow is not here, or it was written down in another schema.
   */
  prepare(frozen: FrozenCall, entries: readonly LogEntry[], arrival: Arrival = {}): PreparedCall {
    mustBeReadable(frozen);
    const { clock } = this.#options;
    const { callId } = frozen.start;
    const atMs = arrival.isKnown ? onTheWall(frozen, clock) : frozen.atMs;
    const call = this.#open(frozen.start, { frozen: { ...frozen, atMs }, entries });
    const preparedMs = clock.now();
    let isDecided = false;
    return {
      callId,
      go: (carrier, playedMs = 0) => {
        if (isDecided) throw new Error(`The call ${callId} has gone already, or was dropped.`);
        this.#admit(call);
        isDecided = true;
        const elapsedMs = clock.now() - preparedMs;
        this.#keeper.keep(call, arrival.isKnown ?? false, arrival.isKnown ? [] : entries);
        if (frozen.line) call.line.thaw(frozen.line, Math.max(elapsedMs, playedMs));
        call.run(frozen, elapsedMs);
        if (frozen.line) call.line.hearAgain(frozen.line);
        this.#arrived(call, arrival.reason ?? 'handOff');
        if (carrier) call.attach(carrier);
        this.#options.onCall?.(call);
        return call;
      },
      drop: () => {
        if (!isDecided) call.stop();
        isDecided = true;
      },
    };
  }

  /** Another node has taken the call over: it stops here, without a sound or a record, and its socket is closed. */
  abandon(callId: string): void {
    const call = this.#calls.get(callId);
    if (!call) return;
    this.#keeper.letGo(callId);
    this.#options.journal.forsake?.(callId);
    call.stop()?.close(1001, 'the call goes on elsewhere');
    this.#forget(call);
    this.#options.onAbandoned?.(call);
  }

  /** Resolves when no call is left and every record is written. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0) await new Promise<void>(resolve => this.#waiting.push(resolve));
    await this.#keeper.settled();
  }

  /** Says goodbye on every call. */
  conclude(): void {
    for (const call of this.#calls.values()) call.send({ type: 'call.conclude', outcome: 'stopped' });
  }

  /** Ends every call now. */
  hangUp(): void {
    for (const call of this.#calls.values()) call.send({ type: 'call.hangUp', outcome: 'stopped' });
  }

  #open(start: CallStart, restore?: { frozen: FrozenCall; entries: readonly LogEntry[] }): Call {
    const { clock, log, placement = 'cloud', keepsLogs = false } = this.#options;
    const agent = this.#agentOf(start);
    return new Call({
      machine: this.#charts.live(agent, agent.flow(start)),
      start,
      clock,
      log,
      settings: this.#settings,
      placement,
      keepsLog: keepsLogs,
      openLine: (owner, floor, utterances) => this.#openLine(owner, floor, utterances),
      ended: (ended, failed) => this.#ended(ended, failed),
      ...(restore && { restore }),
    });
  }

  #admit(call: Call): void {
    const { callId, callSid } = call.start;
    this.#mustBeElsewhere(call.start);
    this.#calls.set(callId, call);
    this.#bySid.set(callSid, call);
  }

  #mustBeElsewhere({ callId }: CallStart): void {
    if (this.#calls.has(callId)) throw new Error(`The call ${callId} is here already.`);
  }

  #forget(call: Call): void {
    const { callId, callSid } = call.start;
    this.#calls.delete(callId);
    this.#replies.delete(callId);
    this.#toolMemory.forget(callId);
    if (this.#bySid.get(callSid) === call) this.#bySid.delete(callSid);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** From another node, or from an earlier life of this one. */
  #arrived(call: Call, reason: MoveReason): void {
    const { node = call.start.node, placement = 'cloud' } = this.#options;
    const from = call.record.moves.at(-1)?.node ?? call.start.node;
    if (node !== from || reason === 'nodeDied') call.log.note({ type: 'call.moved', node, from, reason });
    if (placement === 'cloud') call.takeToCloud();
  }

  #agentOf({ agent: name }: CallStart): HostAgent {
    const { agents } = this.#options;
    if (name === undefined || !agents) return this.#options;
    const agent = agents.get(name);
    if (!agent)
      throw new Error(`There is no agent ${name}; there are: ${[...agents.keys()].join(', ') || 'none'}.`);
    return agent;
  }

  #openLine(
    call: Call,
    floor: ConstructorParameters<typeof CallLine>[0]['floor'],
    utterances: number,
  ): CallLine {
    const { clock, playout = defaultPlayout, turnTaking } = this.#options;
    const { providers, voice } = this.#agentOf(call.start);
    const { callId, language } = call.start;
    const explain = (text: string) =>
      call.log.note({ type: 'reply.explained', turn: call.record.lastTurn, text });
    return new CallLine({
      clock,
      pacer: this.pacer,
      playout,
      floor,
      ...(turnTaking && { turnTaking }),
      ear: {
        voiceActivity: providers.voiceActivity,
        recognition: providers.recognition,
        recognitionOptions: { callId, language, phrases: [], explain },
        utterances,
      },
      synthesis: providers.synthesis.open({ callId, voice, language, explain }),
      tell: event => call.send(event),
      note: note => call.log.note(note),
      firstFrame: turn => {
        const reply = this.#replies.get(callId);
        if (reply?.turn === turn)
          call.log.note({ type: 'overhead', turn, ms: reply.overheadMs(clock.now()) });
      },
    });
  }

  /** Where callers of this call are passed to; null: nobody is there. */
  transferNumberOf({ start }: Call): string | null {
    return this.#agentOf(start).transferNumber;
  }

  #handToPerson(call: Call, number: string | null): void {
    const transferNumber = number ?? this.transferNumberOf(call);
    if (!transferNumber) {
      call.send({ type: 'transfer.failed', reason: 'no number is set to transfer to' });
      return;
    }
    call.transferTo = transferNumber;
    call.line.release();
  }

  #ended(call: Call, failed: unknown): void {
    if (failed) this.#options.log.error({ callId: call.start.callId, err: failed }, 'A call’s chart failed.');
    // A chart that failed has stopped nothing: XState leaves its children running.
    this.#replies.get(call.start.callId)?.abort();
    call.line.close();
    const summary = call.summarise();
    this.#keeper.finish(call, summary);
    this.#forget(call);
    this.#options.onEnded?.(call, summary);
  }
}

function mustBeReadable({ schema, start }: FrozenCall): void {
  if (schema !== FROZEN_SCHEMA)
    throw new Error(
      `The call ${start.callId} was written down in schema ${schema}; this version reads ${FROZEN_SCHEMA}.`,
    );
}

/** A call that waited in the records for somebody to go on with it is so much older. */
function onTheWall({ atMs, start }: FrozenCall, clock: Clock): number {
  return Math.max(atMs, clock.wallTime() - start.startedAt);
}
