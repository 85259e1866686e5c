import type { AnyStateMachine } from 'xstate';
import type { callMachine } from '../../machines/call.ts';
import type { CallEvent } from '../../machines/call-events.ts';
import type { FlowView } from '../../machines/flow-view.ts';
import type { LogEntry, Note } from '../../runtime/journal.ts';
import { beganIn } from '../../runtime/moving/began-in.ts';
import { inertCallMachine, Replayer } from '../../runtime/replay.ts';
import { stateName } from '../call-views.ts';
import { viewOf } from './flow-views.ts';
import type { RecordedCall } from './recorded-call.ts';

/** Where a call stood after one entry of its log, and what was noted until the next. */
export interface CallStep {
  /** 0 is the start, before any entry. */
  index: number;
  /** Of the entry; 0 for the start. */
  seq: number;
  /** From the call's start. */
  atMs: number;
  /** What the chart took: an event's type, or which timer went off, as `timer silence`. */
  event: string;
  /** The event itself; null for the start and for timers. */
  told: CallEvent | null;
  /** As the API names it: `floor.listening.quiet`. */
  callState: string;
  /** Number of the latest reply. */
  turn: number;
  /** Null for a call without a flow. */
  flow: FlowView | null;
  /** The flow was told something. */
  movedFlow: boolean;
  /** The chart had armed no such timer: another chart wrote the log. */
  isStray: boolean;
  notes: readonly Note[];
}

export interface CallSteps {
  steps: readonly CallStep[];
  strayTimers: number;
  /** What the chart threw, if it failed. */
  failure: string | null;
}

/** Every step of a call, driven through the call chart and the given flow by its log. Pure: the same log, the same steps. */
export function stepsOf(call: RecordedCall, flow: AnyStateMachine): CallSteps {
  const { language } = call.start;
  const replayer = new Replayer(callMachineWith(flow), { ...call.start, placement: beganIn(call.entries) });
  const steps: Draft[] = [];
  const add = (step: Pick<CallStep, 'seq' | 'atMs' | 'event' | 'told' | 'movedFlow' | 'isStray'>) => {
    const { value, context } = replayer.snapshot;
    steps.push({
      ...step,
      index: steps.length,
      callState: stateName(value),
      turn: context.turn,
      flow: replayer.flow && viewOf(replayer.flow, language),
      notes: [],
    });
  };

  add({ seq: 0, atMs: 0, event: 'call begins', told: null, movedFlow: false, isStray: false });
  for (const entry of call.entries) {
    const { seq, atMs } = entry;
    if (entry.kind === 'note') {
      steps.at(-1)?.notes.push(entry.note);
      continue;
    }
    const { steps: led, moves, isStray } = replayer.take(entry);
    const told = entry.kind === 'event' ? entry.event : null;
    add({ seq, atMs, event: nameOf(entry, led[0]?.event), told, movedFlow: moves.length > 0, isStray });
  }
  const { failure } = replayer;
  replayer.stop();
  return {
    steps,
    strayTimers: steps.filter(({ isStray }) => isStray).length,
    failure: failure === null ? null : failure instanceof Error ? failure.message : String(failure),
  };
}

type Draft = Omit<CallStep, 'notes'> & { notes: Note[] };

const machines = new WeakMap<AnyStateMachine, typeof callMachine>();

/** Made once for a flow: providing a chart's parts takes longer than a short call. */
export function callMachineWith(flow: AnyStateMachine): typeof callMachine {
  let machine = machines.get(flow);
  if (!machine) {
    machine = inertCallMachine(flow);
    machines.set(flow, machine);
  }
  return machine;
}

/** A timer is known by the delay that armed it: `xstate.after.silence.call.live…`. */
function nameOf(entry: LogEntry, led: string | undefined): string {
  if (entry.kind === 'event') return entry.event.type;
  const delay = /^xstate\.after\.([^.]+)\./.exec(led ?? '')?.[1];
  return delay === undefined ? 'timer' : `timer ${delay}`;
}
