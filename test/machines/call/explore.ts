import {
  type AnyStateMachine,
  type AnyTransitionDefinition,
  createActor,
  getNextTransitions,
  type SnapshotFrom,
  type StateValue,
} from 'xstate';
import type { callMachine } from '../../../machines/call.ts';
import type { CallContext } from '../../../machines/call-context.ts';
import type { CallEvent } from '../../../machines/call-events.ts';
import { inertMachine } from './chart-run.ts';

export type CallSnapshot = SnapshotFrom<typeof callMachine>;

/** What one event did: the actions by name, in order, and what was started. */
export interface Step {
  event: string;
  actions: readonly string[];
  /** Ids of the actors that were started. */
  started: readonly string[];
  /** `actor event` of everything that was sent on. */
  told: readonly string[];
  opensTurn: boolean;
  to: State;
}

export interface State {
  key: string;
  snapshot: CallSnapshot;
  /** The steps from the start to here. */
  depth: number;
  from: { state: State; event: string } | null;
  steps: Step[];
}

export interface Exploration {
  states: State[];
  /** Transitions of the chart that some step took. */
  taken: Set<AnyTransitionDefinition>;
}

/**
 * Every state the real chart can reach, by any of `events` and any timer that could run, in any order. Two contexts are
 * one state when no guard can tell them apart.
 */
export function explore(
  placement: 'edge' | 'cloud',
  events: readonly CallEvent[],
  look?: (state: State, event: CallEvent, step: Step, after: CallSnapshot) => void,
): Exploration {
  const taken = new Set<AnyTransitionDefinition>();
  const scope = openScope(placement, taken);
  const start = toState(scope.initial, null);
  const known = new Map([[start.key, start]]);
  const states = [start];

  for (const state of states) {
    if (state.snapshot.status !== 'active') continue;
    const { take } = openScope(placement, taken);
    for (const event of possible(state.snapshot, events)) {
      const { snapshot, ...did } = take(state.snapshot, event);
      let to = toState(snapshot, { state, event: labelOf(event) });
      const same = known.get(to.key);
      if (same) to = same;
      else {
        known.set(to.key, to);
        states.push(to);
      }
      const opensTurn = snapshot.context.turn !== state.snapshot.context.turn;
      const step = { event: labelOf(event), ...did, opensTurn, to };
      state.steps.push(step);
      look?.(state, event, step, snapshot);
    }
  }
  return { states, taken };
}

/** The way to a state, for people. */
export function wayTo(state: State): string {
  const way: string[] = [];
  for (let at: State | null = state; at?.from; at = at.from.state) way.unshift(at.from.event);
  return `${way.join(' → ')} ⇒ ${state.key}`;
}

export function leaves(value: StateValue, prefix = ''): string[] {
  if (typeof value === 'string') return [prefix + value];
  return Object.entries(value).flatMap(([key, inner]) =>
    inner && Object.keys(inner).length > 0 ? leaves(inner, `${prefix}${key}.`) : [prefix + key],
  );
}

/** The events that some active state has a transition for, and the timers that run; XState names their events. */
function possible(snapshot: CallSnapshot, events: readonly CallEvent[]): CallEvent[] {
  const types = new Set(getNextTransitions(snapshot as never).map(({ eventType }) => eventType as string));
  const timers = [...types].filter(type => type.startsWith('xstate.after'));
  return [
    ...events.filter(({ type }) => types.has(type)),
    ...timers.map(type => ({ type }) as unknown as CallEvent),
  ];
}

interface ExecutableAction {
  type: string;
  params: { id?: string; targetId?: string; event?: { type: string } };
}

function openScope(placement: 'edge' | 'cloud', taken: Set<AnyTransitionDefinition>) {
  const machine = inertMachine as AnyStateMachine;
  const self = createActor(machine, { input: { callId: 'call-1', placement } });
  self.system.inspect(event => {
    if (event.type === '@xstate.microstep')
      for (const transition of event._transitions) taken.add(transition as AnyTransitionDefinition);
  });
  let actions: string[] = [];
  let started: string[] = [];
  let told: string[] = [];
  // The chart's own actions run at once, in order; what XState does with actors and timers is only written down.
  const scope = {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger() {},
    emit() {},
    defer() {},
    stopChild() {},
    actionExecutor({ type, params }: ExecutableAction) {
      if (type === 'xstate.spawnChild') started.push(params.id ?? '');
      else if (type === 'xstate.sendTo') told.push(`${params.targetId} ${params.event?.type}`);
      else if (!type.startsWith('xstate.')) actions.push(type);
    },
  };
  return {
    initial: self.getSnapshot() as CallSnapshot,
    take(snapshot: CallSnapshot, event: CallEvent) {
      actions = [];
      started = [];
      told = [];
      const next = machine.transition(snapshot as never, event as never, scope as never);
      return { snapshot: next as unknown as CallSnapshot, actions, started, told };
    },
  };
}

function toState(snapshot: CallSnapshot, from: State['from']): State {
  const active = leaves(snapshot.value);
  const key = `${active.join(' ')} ${bits(active[0] ?? '', snapshot.context)}`;
  return { key, snapshot, from, depth: (from?.state.depth ?? -1) + 1, steps: [] };
}

/** What of the context a guard or an action can still tell apart; the rest is set anew before it is read. */
function bits(floor: string, context: CallContext): string {
  const isReplying = floor.includes('.replying.');
  const flags = [
    context.unanswered.length > 0 && 'unanswered',
    isReplying && context.answering.length > 0 && 'answering',
    isReplying && context.speculatedText !== null && 'speculated',
    isReplying && context.toolCalls.length > 0 && 'tools',
    isReplying && context.uninterruptible && 'uninterruptible',
    isReplying && context.purpose === 'apology' && 'apology',
    (isReplying || floor.includes('.bargingIn.')) && context.purpose === 'farewell' && 'farewell',
    context.lines > 0 && 'line',
    context.isHeldForSupervisor && 'held',
    context.outcome !== null && (context.outcome === 'silence' ? 'silence' : 'outcome'),
  ];
  const counters = floor.startsWith('live') ? [context.reminders, context.unclear, context.failures] : [];
  return [...flags.filter(Boolean), ...counters].join(',');
}

function labelOf(event: CallEvent): string {
  const { type } = event;
  if (type === 'caller.finished') return `${type}(${event.text})`;
  if (type === 'reply.began') return event.uninterruptible ? `${type}(uninterruptible)` : type;
  if (type === 'voice.finished') return `${type}(${event.next})`;
  if (type === 'tools.finished') return event.results[0]?.error ? `${type}(failed)` : type;
  return type;
}
