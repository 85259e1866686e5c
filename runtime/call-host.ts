import type { AnyStateMachine } from 'xstate';
import { callMachine } from '../machines/call.ts';
import type { Floor, TurnTaking } from '../machines/turn-taking.ts';
import { defineClosing } from './actors/closing.ts';
import { defineReply, type Reply } from './actors/reply.ts';
import { defineTools } from './actors/tools.ts';
import { Call, type CallSettings, type Calls, type Log } from './call.ts';
import type { Clock } from './clock.ts';
import type { FrozenCall } from './frozen-call.ts';
import type { CallStart, CallSummary, Journal, LogEntry } from './journal.ts';
import { CallLine } from './media/line.ts';
import { Pacer } from './media/pacer.ts';
import { defaultPlayout, type PlayoutSettings } from './media/playout.ts';
import type { Arrival, PreparedCall, ReleasedCall } from './moving/prepared-call.ts';
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
  /** By agent and flow: a chart is provided with its parts once, not for every call. */
  readonly #machines = new WeakMap<HostAgent, WeakMap<AnyStateMachine, typeof callMachine>>();
  readonly #settings: CallSettings;
  readonly #calls = new Map<string, Call>();
  readonly #bySid = new Map<string, Call>();
  readonly #replies = new Map<string, Reply>();
  readonly #keeper: RecordKeeper;
  #waiting: (() => void)[] = [];

  constructor(options: HostOptions) {
    this.#options = options;
    this.pacer = new Pacer(options.clock, options.playout?.tickMs);
    this.#keeper = new RecordKeeper(options.journal, options.clock, options.log);
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

  calls(): Iterable<Call> {
    return this.#calls.values();
  }

  /** A call arrives on `socket`. */
  begin(start: CallStart, socket: CarrierSocket, streamSid: string): Call {
    const call = this.#create(start);
    call.line.attach(socket, streamSid);
    this.#keeper.keep(call, false);
    call.run();
    this.#options.onCall?.(call);
    return call;
  }

  /**
   * A call comes back from its frozen form; `resume` brings its line. Throws when its chart no longer fits, or its agent is
   * gone.
   */
  restore(frozen: FrozenCall, entries: readonly LogEntry[]): Call {
    const call = this.#create(frozen.start, { frozen, entries });
    this.#keeper.keep(call, true);
    call.run(frozen);
    this.#options.onCall?.(call);
    return call;
  }

  /**
   * Resolves with true at a moment at which the call can be released: do so in the continuation, without waiting for anything
   * else. With false when none came within the time, or the call is not here any more.
   */
  whenMovable(callId: string, withinMs: number): Promise<boolean> {
    throw new Error(`${callId} ${withinMs}`);
  }

  /**
   * Lets a call go that goes on elsewhere: it stops without a sound, an event or a record. What is left to the caller of
   * this: the carrier's socket. Throws when the call is at no point where that can be done.
   */
  release(callId: string): ReleasedCall {
    throw new Error(callId);
  }

  /**
   * Makes a call ready to go on here; `entries` is its whole log. Throws when it does not fit: its agent or the version of
   * its flow is not here, or it was written down in another schema.
   */
  prepare(frozen: FrozenCall, entries: readonly LogEntry[], arrival: Arrival = {}): PreparedCall {
    throw new Error(`${frozen} ${entries} ${arrival}`);
  }

  /** Another node has taken the call over: it stops here, without a sound or a record, and its socket is closed. */
  abandon(callId: string): void {
    throw new Error(callId);
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

  #create(start: CallStart, restore?: { frozen: FrozenCall; entries: readonly LogEntry[] }): Call {
    const call = new Call({
      machine: this.#machineOf(start),
      start,
      clock: this.#options.clock,
      log: this.#options.log,
      settings: this.#settings,
      openLine: (owner, floor, utterances) => this.#openLine(owner, floor, utterances),
      ended: (ended, failed) => this.#ended(ended, failed),
      ...(restore && { restore }),
    });
    this.#calls.set(start.callId, call);
    this.#bySid.set(start.callSid, call);
    return call;
  }

  #agentOf({ agent: name }: CallStart): HostAgent {
    const { agents } = this.#options;
    if (name === undefined || !agents) return this.#options;
    const agent = agents.get(name);
    if (!agent)
      throw new Error(`There is no agent ${name}; there are: ${[...agents.keys()].join(', ') || 'none'}.`);
    return agent;
  }

  #machineOf(start: CallStart): typeof callMachine {
    const agent = this.#agentOf(start);
    const flow = agent.flow(start);
    const ofAgent = this.#machines.get(agent) ?? new WeakMap<AnyStateMachine, typeof callMachine>();
    this.#machines.set(agent, ofAgent);
    const machine = ofAgent.get(flow) ?? this.#provide(agent, flow);
    ofAgent.set(flow, machine);
    return machine;
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

  #provide({ providers }: HostAgent, flow: AnyStateMachine): typeof callMachine {
    const tools = new Map(providers.tools.map(tool => [tool.name, tool]));
    return callMachine.provide({
      actors: {
        // The chart knows its flow only as something that takes flow events.
        flow: flow as never,
        reply: defineReply(this, providers.model, (callId, reply) => this.#replies.set(callId, reply)),
        tools: defineTools(this, tools),
        closing: defineClosing(this),
      },
      actions: {
        takeFloor: ({ context }, { floor }) => this.get(context.callId).line.takeFloor(floor),
        interruptAgent: ({ context }) => this.get(context.callId).line.interrupt(),
        handToPerson: ({ context, event }) =>
          this.#handToPerson(this.get(context.callId), event.type === 'call.transfer' ? event.number : null),
      },
      delays: this.#options.delays as Record<never, number>,
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
    const { callId, callSid } = call.start;
    this.#calls.delete(callId);
    this.#replies.delete(callId);
    if (this.#bySid.get(callSid) === call) this.#bySid.delete(callSid);

    this.#keeper.finish(call, summary);
    this.#options.onEnded?.(call, summary);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
