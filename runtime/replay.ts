import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromCallback,
  type StateValue,
} from 'xstate';
import { callMachine } from '../machines/call.ts';
import type { TimerHandle } from './clock.ts';
import type { CallStart, LogEntry } from './journal.ts';

/** What one entry of the log led to. */
export interface ReplayedStep {
  /** The type of the event that the chart took, or of the timer that went off. */
  event: string;
  state: StateValue;
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
  entries: Iterable<LogEntry>,
): Replay {
  const clock = new LogClock();
  const steps: ReplayedStep[] = [];
  const strayTimers: number[] = [];
  const actor = createActor(machine, { input: { callId: start.callId, placement: 'cloud' }, clock });
  // A chart that fails has failed in the call as well; without an observer it would take the process with it.
  actor.subscribe({ error() {} });
  actor.start();
  actor.system.inspect(event => {
    if (event.type !== '@xstate.snapshot' || event.actorRef !== actor) return;
    steps.push({ event: event.event.type, state: (event.snapshot as AnyMachineSnapshot).value });
  });

  for (const entry of entries) {
    clock.nowMs = entry.atMs;
    if (entry.kind === 'event') actor.send(entry.event);
    else if (entry.kind === 'timer' && !clock.fire(entry.timer)) strayTimers.push(entry.timer);
  }
  const flow = actor.getSnapshot().children.flow?.getSnapshot() as { value?: StateValue } | undefined;
  const replayed = { steps: [...steps], flowState: flow?.value ?? null, strayTimers };
  actor.stop();
  return replayed;
}

/** A clock whose timers go off when the log says so. They are numbered as ChartClock numbers them. */
class LogClock {
  nowMs = 0;
  #armed = 0;
  readonly #timers = new Map<number, () => void>();

  now(): number {
    return this.nowMs;
  }

  setTimeout(run: () => void): TimerHandle {
    this.#timers.set(++this.#armed, run);
    return this.#armed;
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
