import {
  type Actor,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createActor,
  fromCallback,
  type SnapshotFrom,
  type StateValue,
} from 'xstate';
import { callMachine } from '../machines/call.ts';
import type { FlowEvent } from '../machines/flow.ts';
import type { TimerHandle } from './clock.ts';
import { type FrozenActor, mustFit, TimerBook } from './freeze.ts';
import type { FrozenCall } from './frozen-call.ts';
import type { CallStart, LogEntry } from './journal.ts';
import { beganIn } from './moving/began-in.ts';

/** What one entry of the log led to. */
export interface ReplayedStep {
  /** The type of the event that the chart took, or of the timer that went off. */
  event: string;
  state: StateValue;
}

/** What the call's flow was told, and how it stood afterwards. */
export interface FlowMove {
  event: FlowEvent;
  snapshot: AnyMachineSnapshot;
}

/** Everything that one entry of the log led to. */
export interface Taken {
  steps: readonly ReplayedStep[];
  moves: readonly FlowMove[];
  /** Transitions that the call's chart and its flow took, in order. */
  transitions: { call: readonly AnyTransitionDefinition[]; flow: readonly AnyTransitionDefinition[] };
  /** A timer that this chart has not armed. */
  isStray: boolean;
}

export interface Replay {
  /** In order, all that came after the chart's start. */
  steps: readonly ReplayedStep[];
  /** Where the flow stood at the end. */
  flowState: StateValue | null;
  /** Entries that this chart had no use for: it parts from the one that wrote the log before them. */
  strayTimers: readonly number[];
}

/** The chart with real flow and nothing else behind it: what the others did comes from the log. */
export function inertCallMachine(flow: AnyStateMachine): typeof callMachine {
  const inert = fromCallback(() => {});
  return callMachine.provide({
    actors: { flow: flow as never, reply: inert as never, tools: inert as never, closing: inert as never },
  });
}

/**
 * Drives a chart by a call's event log instead of by the world: the same chart comes to the same states; an edited one
 * shows where the two part. Takes no time, whatever the call took.
 */
export function replay(
  machine: typeof callMachine,
  start: Pick<CallStart, 'callId'>,
  entries: readonly LogEntry[],
): Replay {
  const replayer = new Replayer(machine, { callId: start.callId, placement: beganIn(entries) });
  const steps: ReplayedStep[] = [];
  const strayTimers: number[] = [];
  for (const entry of entries) {
    const { steps: led, isStray } = replayer.take(entry);
    steps.push(...led);
    if (isStray && entry.kind === 'timer') strayTimers.push(entry.timer);
  }
  const flowState = replayer.flow?.value ?? null;
  replayer.stop();
  return { steps, flowState, strayTimers };
}

/** A replay that is taken entry by entry. Its snapshots never change, so that whoever keeps them can go back. */
export class Replayer {
  readonly #clock = new LogClock();
  readonly #actor: Actor<typeof callMachine>;
  readonly #timers: TimerBook;
  #steps: ReplayedStep[] = [];
  #moves: FlowMove[] = [];
  #transitions = noTransitions();
  #flow: AnyMachineSnapshot | null = null;
  #failure: unknown = null;

  /** From `frozen` on, or from the call's start, where it ran in `placement`: see `beganIn`. Throws when `frozen` does not fit the chart. */
  constructor(
    machine: typeof callMachine,
    { callId, placement = 'cloud' }: { callId: string; placement?: 'edge' | 'cloud' },
    frozen: Pick<FrozenCall, 'actor' | 'atMs'> | null = null,
  ) {
    this.#actor = createActor(machine, {
      input: { callId, placement },
      clock: this.#clock,
      ...(frozen && { snapshot: frozen.actor.snapshot }),
    });
    if (frozen) mustFit(this.#actor);
    this.#timers = new TimerBook(this.#actor, this.#clock);
    // A chart that fails has failed in the call as well; without an observer it would take the process with it.
    this.#actor.subscribe({
      error: error => {
        this.#failure = error;
      },
    });
    this.#actor.start();
    if (frozen) {
      this.#clock.nowMs = frozen.atMs;
      this.#timers.thaw(frozen.actor);
    }
    const flow = this.#actor.system.get('flow');
    this.#flow = flow?.getSnapshot() ?? null;
    this.#actor.system.inspect(event => {
      if (event.type === '@xstate.microstep') {
        const taken = event._transitions as readonly AnyTransitionDefinition[];
        if (event.actorRef === this.#actor) this.#transitions.call.push(...taken);
        else if (event.actorRef === flow) this.#transitions.flow.push(...taken);
      }
      if (event.type !== '@xstate.snapshot') return;
      const snapshot = event.snapshot as AnyMachineSnapshot;
      if (event.actorRef === this.#actor)
        this.#steps.push({ event: event.event.type, state: snapshot.value });
      else if (event.actorRef === flow && !isInternal(event.event)) this.#followFlow(event.event, snapshot);
    });
  }

  /** Notes drive nothing. */
  take(entry: LogEntry): Taken {
    this.#steps = [];
    this.#moves = [];
    this.#transitions = noTransitions();
    this.#clock.nowMs = entry.atMs;
    if (entry.kind === 'event') this.#actor.send(entry.event);
    const isStray = entry.kind === 'timer' && !this.#clock.fire(entry.timer);
    return { steps: this.#steps, moves: this.#moves, transitions: this.#transitions, isStray };
  }

  /** Timers that are armed, the next first; `dueMs` is by the log's time. */
  get timers(): readonly { id: string; dueMs: number }[] {
    return this.#timers.running();
  }

  get snapshot(): SnapshotFrom<typeof callMachine> {
    return this.#actor.getSnapshot();
  }

  /** Null for a chart without a flow. Stays as it was when the call ends. */
  get flow(): AnyMachineSnapshot | null {
    return this.#flow;
  }

  /** What the chart threw, or null. */
  get failure(): unknown {
    return this.#failure;
  }

  /** As it stands, with the time its timers have left by the log. */
  freeze(): FrozenActor {
    return this.#timers.freeze();
  }

  stop(): void {
    this.#actor.stop();
  }

  #followFlow(event: { type: string }, snapshot: AnyMachineSnapshot): void {
    this.#flow = snapshot;
    this.#moves.push({ event: event as FlowEvent, snapshot });
  }
}

function noTransitions(): { call: AnyTransitionDefinition[]; flow: AnyTransitionDefinition[] } {
  return { call: [], flow: [] };
}

/** XState's own words to an actor: that it starts or is stopped. */
function isInternal(event: { type: string }): boolean {
  return event.type.startsWith('xstate.');
}

/** A clock whose timers go off when the log says so. They are numbered as ChartClock numbers them. */
class LogClock {
  nowMs = 0;
  armed = 0;
  readonly #timers = new Map<number, () => void>();

  now(): number {
    return this.nowMs;
  }

  setTimeout(run: () => void): TimerHandle {
    this.#timers.set(++this.armed, run);
    return this.armed;
  }

  clearTimeout(handle: TimerHandle): void {
    this.#timers.delete(handle as number);
  }

  /** False when no such timer runs. */
  fire(timer: number): boolean {
    const run = this.#timers.get(timer);
    this.#timers.delete(timer);
    run?.();
    return run !== undefined;
  }
}
