import { type Actor, type AnyActorRef, createActor, fromCallback, type StateValue } from 'xstate';
import { callMachine, type ReplyCommand } from '../../../machines/call.ts';
import type { CallContext, CallOutput, ReplyInput, ToolsInput } from '../../../machines/call-context.ts';
import type { CallEvent } from '../../../machines/call-events.ts';
import type { FlowEvent } from '../../../machines/flow.ts';
import { ChartClock } from '../../../runtime/call-log.ts';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { type FrozenActor, TimerBook } from '../../../runtime/freeze.ts';

/** As it is, or frozen to JSON and thawed into another actor after every step. */
export type Mode = 'live' | 'frozen';
export const modes: readonly Mode[] = ['live', 'frozen'];

/** What the chart did, in order: its named actions, and what it started, stopped and told. */
export type Deed =
  | { did: 'takeFloor'; floor: string }
  | { did: 'interruptAgent' }
  | { did: 'handToPerson' }
  | { did: 'startReply'; input: ReplyInput }
  | { did: 'stopReply'; turn: number }
  | { did: 'tellReply'; command: ReplyCommand }
  | { did: 'startTools'; input: ToolsInput }
  | { did: 'stopTools'; turn: number }
  | { did: 'tellFlow'; event: FlowEvent }
  | { did: 'startClosing' };

/** The run that is being stepped. The flow actor has no input by which it could tell whose it is. */
let current: ChartRun | null = null;
const note = (deed: Deed) => current?.note(deed);

/** The shipped chart with actors that do nothing but say what they were told. */
export const inertMachine = callMachine.provide({
  actors: {
    flow: fromCallback<FlowEvent>(({ receive }) => receive(event => note({ did: 'tellFlow', event }))),
    reply: fromCallback<ReplyCommand, ReplyInput>(({ input, receive }) => {
      note({ did: 'startReply', input });
      receive(command => note({ did: 'tellReply', command }));
      return () => note({ did: 'stopReply', turn: input.turn });
    }),
    tools: fromCallback<{ type: 'none' }, ToolsInput>(({ input }) => {
      note({ did: 'startTools', input });
      return () => note({ did: 'stopTools', turn: input.turn });
    }),
    closing: fromCallback<{ type: 'none' }, { callId: string }>(() => note({ did: 'startClosing' })),
  },
  actions: {
    takeFloor: (_, { floor }) => note({ did: 'takeFloor', floor }),
    interruptAgent: () => note({ did: 'interruptAgent' }),
    handToPerson: () => note({ did: 'handToPerson' }),
  },
});

/** One call's chart on simulated time, with nothing behind it. */
export class ChartRun {
  readonly clock = new SimulatedClock();
  readonly #chartClock = new ChartClock(this.clock, timer => this.fired.push(timer));
  /** Numbers of the timers that went off. */
  readonly fired: number[] = [];
  readonly deeds: Deed[] = [];
  readonly outputs: CallOutput[] = [];
  failure: unknown = null;
  /** Of the largest frozen form so far. */
  frozenBytes = 0;
  readonly #mode: Mode;
  #isMuted = false;
  #actor: Actor<typeof callMachine>;
  #timers: TimerBook;

  constructor(mode: Mode = 'live', placement: 'edge' | 'cloud' = 'cloud') {
    this.#mode = mode;
    this.#actor = createActor(inertMachine, {
      input: { callId: 'call-1', placement },
      clock: this.#chartClock,
    });
    this.#timers = this.#watch(this.#actor);
    this.#step(() => this.#actor.start());
  }

  note(deed: Deed): void {
    if (!this.#isMuted) this.deeds.push(deed);
  }

  get value(): StateValue {
    return this.#actor.getSnapshot().value;
  }

  get context(): CallContext {
    return this.#actor.getSnapshot().context;
  }

  get isActive(): boolean {
    return this.#actor.getSnapshot().status === 'active';
  }

  hasTag(tag: 'live' | 'agentTalking' | 'callerWaiting' | 'interruptible'): boolean {
    return this.#actor.getSnapshot().hasTag(tag);
  }

  /** Dotted paths of the active leaves below `live`, or the state outside it. */
  get floor(): string {
    const { value } = this;
    if (typeof value === 'string') return value;
    return leafPath((value.live as Record<string, StateValue>).floor ?? '');
  }

  region(name: 'placement' | 'line' | 'limits'): string {
    const { value } = this;
    return typeof value === 'string'
      ? value
      : leafPath((value.live as Record<string, StateValue>)[name] ?? '');
  }

  send(...events: CallEvent[]): this {
    for (const event of events) if (this.isActive) this.#step(() => this.#actor.send(event));
    return this;
  }

  pass(ms: number): this {
    this.#step(() => this.clock.advanceSync(ms));
    return this;
  }

  /** Moves time to the next timer. False when none is armed. */
  passToNextTimer(): boolean {
    const ms = this.clock.untilNextMs;
    if (ms === null) return false;
    this.pass(ms);
    return true;
  }

  /** The deeds since the last time this was asked. */
  takeDeeds(): Deed[] {
    return this.deeds.splice(0);
  }

  /** Ids and milliseconds of the timers that run, the next first. */
  get timers(): string[] {
    return this.#timers
      .freeze()
      .timers.map(({ id, leftMs }) => `${id} ${leftMs}`)
      .sort();
  }

  /** Writes the call down and goes on with another actor made from that. */
  freezeAndThaw(): void {
    const text = JSON.stringify(this.#timers.freeze());
    this.frozenBytes = Math.max(this.frozenBytes, text.length);
    const { snapshot, ...timers } = JSON.parse(text) as FrozenActor;
    this.#isMuted = true;
    this.#actor.stop();
    this.#actor = createActor(inertMachine, {
      input: { callId: 'never read', placement: 'cloud' },
      clock: this.#chartClock,
      snapshot,
    });
    this.#timers = this.#watch(this.#actor);
    this.#actor.start();
    this.#timers.thaw(timers);
    this.#isMuted = false;
  }

  #watch(actor: Actor<typeof callMachine>): TimerBook {
    actor.subscribe({
      complete: () => {
        const { output } = actor.getSnapshot();
        if (output) this.outputs.push(output);
      },
      error: error => {
        this.failure = error;
      },
    });
    return new TimerBook(actor as AnyActorRef, this.#chartClock);
  }

  #step(run: () => void): void {
    current = this;
    run();
    if (this.#mode === 'frozen' && this.isActive) this.freezeAndThaw();
    current = null;
  }
}

function leafPath(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, inner]) => {
      const rest = leafPath(inner as StateValue);
      return rest ? `${key}.${rest}` : key;
    })
    .join(' ');
}
