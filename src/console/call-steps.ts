import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { callMachine } from '../../machines/call.ts';
import type { FlowView } from '../../machines/flow-view.ts';
import type { CallStart, LogEntry } from '../../runtime/journal.ts';
import { inertCallMachine, Replayer, type Taken } from '../../runtime/replay.ts';
import { transitionId } from '../draw/chart-model.ts';
import { viewOf } from '../replay/flow-views.ts';
import type { CallStep } from './protocol.ts';

type Delays = Partial<Record<string, number>>;

/** Provides the call chart with a flow once, for all calls that are looked at. */
export class StepMachines {
  readonly #delays: Delays;
  readonly #machines = new WeakMap<AnyStateMachine, typeof callMachine>();

  /** `delays` are those of the running calls, so that a step's deadlines are theirs. */
  constructor(delays: Delays) {
    this.#delays = delays;
  }

  of(flow: AnyStateMachine): typeof callMachine {
    const machine =
      this.#machines.get(flow) ??
      inertCallMachine(flow).provide({ delays: this.#delays as Record<never, number> });
    this.#machines.set(flow, machine);
    return machine;
  }
}

/** Makes the steps of a call by driving the charts with its log: the call itself is left alone. */
export class CallStepper {
  readonly #replayer: Replayer;
  readonly #language: string;
  #view: FlowView | null = null;

  /** Of a call that began in `placement`. */
  constructor(
    machine: typeof callMachine,
    { callId, language }: Pick<CallStart, 'callId' | 'language'>,
    placement: 'edge' | 'cloud',
  ) {
    this.#replayer = new Replayer(machine, { callId, placement });
    this.#language = language;
    this.#look();
  }

  /** How the call begins, before any entry. */
  first(): CallStep {
    return this.#step(0, 0, 'call begins', { call: [], flow: [] });
  }

  /** Null for a note. */
  take(entry: LogEntry): CallStep | null {
    if (entry.kind === 'note') return null;
    const { steps, moves, transitions } = this.#replayer.take(entry);
    if (moves.length > 0) this.#look();
    const event = entry.kind === 'event' ? entry.event.type : timerText(steps[0]?.event);
    return this.#step(entry.seq, entry.atMs, event, transitions);
  }

  /** The flow as it stands; null for a call without one. */
  get view(): FlowView | null {
    return this.#view;
  }

  stop(): void {
    this.#replayer.stop();
  }

  #look(): void {
    const { flow } = this.#replayer;
    this.#view = flow && viewOf(flow, this.#language);
  }

  #step(seq: number, atMs: number, event: string, taken: Taken['transitions']): CallStep {
    const { flow, snapshot, timers } = this.#replayer;
    return {
      seq,
      atMs,
      event,
      states: innermost(snapshot),
      transitions: taken.call.map(transitionId),
      flow:
        flow && this.#view
          ? {
              state: this.#view.state,
              states: innermost(flow),
              transitions: taken.flow.map(transitionId),
              facts: this.#view.facts,
              choices: this.#view.choices.map(({ event, description }) => ({ event, description })),
            }
          : null,
      timers: timers.map(({ id, dueMs }) => ({ name: timerName(id), dueMs })),
    };
  }
}

/** As pictures name them. */
function innermost(snapshot: AnyMachineSnapshot): string[] {
  const { machine, _nodes } = snapshot;
  return _nodes
    .filter(node => Object.keys(node.states).length === 0)
    .map(({ path }) => [machine.id, ...path].join('.'));
}

/** A timer is known by the delay that armed it: `xstate.after.silence.call.live…`. */
function timerName(id: string): string {
  return /^xstate\.after\.([^.]+)\./.exec(id)?.[1] ?? id;
}

function timerText(event: string | undefined): string {
  const name = /^xstate\.after\.([^.]+)\./.exec(event ?? '')?.[1];
  return name === undefined ? 'timer' : `after ${name}`;
}
