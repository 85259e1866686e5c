import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { type FlowTraits, isFlow, traitsOf } from './flow-traits.ts';
import { plain } from './plain.ts';
import { afterText, eventText, guardText, kindOf, type TransitionKind } from './transition-text.ts';

export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

export interface StateNote {
  /** `again`: leaves and enters the state anew. `does`: acts and stays. `ignores`: takes the event and does nothing. */
  kind: 'again' | 'does' | 'ignores';
  labels: readonly EdgeLabel[];
  /** Names of what is done; empty unless the kind is `does`. */
  actions: readonly string[];
  transitions: readonly string[];
}

export interface ChartState {
  /** Path from the chart's id, as `call.live.floor.listening`. */
  id: string;
  name: string;
  kind: StateKind;
  description: string;
  /** Names of the actors that work as long as the state is active. */
  invokes: readonly string[];
  /** The child that is entered first; null in leaves and parallel states. */
  initial: string | null;
  /** What a flow's state says and does; null in charts that are no flows. */
  traits: FlowTraits | null;
  notes: readonly StateNote[];
  children: readonly ChartState[];
  /** All that the chart says of the state itself, as plain values: neither its children nor its transitions. */
  own: Readonly<Record<string, unknown>>;
}

export interface EdgeLabel {
  /** What brings it about: an event, `after silence`, `flow done`; empty for a transition taken at once. */
  trigger: string;
  guard: string;
  kind: TransitionKind;
  /** The only way in which a caller can make this choice, as `keypad`; empty when there are several. */
  by: string;
}

export interface ChartTransition {
  /** As `transitionId` names it. */
  id: string;
  from: string;
  /** Empty when the state is not left. */
  to: readonly string[];
  label: EdgeLabel;
  /** All that the chart says of it, as plain values; the targets excepted. */
  own: Readonly<Record<string, unknown>>;
}

export interface ChartEdge {
  from: string;
  to: string;
  labels: readonly EdgeLabel[];
  /** The transitions drawn as this one arrow, as `transitionId` names them. */
  transitions: readonly string[];
}

export interface ChartModel {
  root: ChartState;
  edges: readonly ChartEdge[];
  transitions: readonly ChartTransition[];
  isFlow: boolean;
}

/** `finished [mayAskAgain]`; `always` for what neither waits nor asks. */
export function labelText({ trigger, guard, by }: EdgeLabel): string {
  return [trigger, by && `(${by})`, guard && `[${guard}]`].filter(Boolean).join(' ') || 'always';
}

/** `bell.rang / ring`. */
export function noteText({ labels, actions }: StateNote): string {
  const events = labels.map(labelText).join(', ');
  return actions.length > 0 ? `${events} / ${actions.join(', ')}` : events;
}

/** Reads what is to be drawn from a machine. The order is the chart's own, so the same chart gives the same model. */
export function readChart(machine: AnyStateMachine): ChartModel {
  const flow = isFlow(machine);
  const transitions = nodesBelow(machine.root).flatMap(node => transitionsOf(node, flow));
  return assembleChart(readState(machine.root, flow), transitions, flow);
}

/** The model of these states and transitions: what leads on becomes an arrow, the rest a note of its state. */
export function assembleChart(
  root: ChartState,
  transitions: readonly ChartTransition[],
  flow: boolean,
): ChartModel {
  const edges = new Map<string, { from: string; to: string; labels: EdgeLabel[]; transitions: string[] }>();
  for (const { id, from, to: targets, label } of transitions) {
    for (const to of targets) {
      if (to === from) continue;
      const edge = edges.get(`${from} ${to}`) ?? { from, to, labels: [], transitions: [] };
      edges.set(`${from} ${to}`, edge);
      edge.labels.push(label);
      edge.transitions.push(id);
    }
  }
  return { root: withNotes(root, transitions), edges: [...edges.values()], transitions, isFlow: flow };
}

/** Every state, parents before children. */
export function statesOf(state: ChartState): ChartState[] {
  return [state, ...state.children.flatMap(statesOf)];
}

export function parentOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('.')));
}

/** True when `inner` lies inside `outer`. */
export function isInside(inner: string, outer: string): boolean {
  return inner.startsWith(`${outer}.`);
}

/**
 * Names a transition by its source, event and place among the source's transitions for that event, as
 * `call.live|caller.hungUp|0`. The event of an eventless transition is `always`.
 */
export function transitionId(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const siblings = (eventType === '' ? source.always : source.transitions.get(eventType)) ?? [];
  return `${stateId(source)}|${eventType || 'always'}|${siblings.indexOf(transition)}`;
}

function stateId(node: AnyStateNode): string {
  return [node.machine.id, ...node.path].join('.');
}

function nodesBelow(node: AnyStateNode): AnyStateNode[] {
  return [node, ...childrenOf(node).flatMap(nodesBelow)];
}

function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values(node.states);
}

function readState(node: AnyStateNode, flow: boolean): ChartState {
  const first = node.type === 'compound' ? node.initial.target?.[0] : undefined;
  return {
    id: stateId(node),
    name: node.key,
    kind: node.type,
    description: node.description ?? '',
    invokes: node.invoke.map(invoked => (typeof invoked.src === 'string' ? invoked.src : invoked.id)),
    initial: first ? stateId(first) : null,
    traits: flow ? traitsOf(node) : null,
    notes: [],
    children: childrenOf(node).map(child => readState(child, flow)),
    own: ownOf(node),
  };
}

function ownOf(node: AnyStateNode): Record<string, unknown> {
  const { id, key, states, on, after, always, onDone, invoke, ...own } = node.config as Record<
    string,
    unknown
  >;
  const actors = [invoke ?? []].flat().map(invoked => {
    // Their ends are transitions of the state.
    const { onDone, onError, onSnapshot, ...rest } = invoked as Record<string, unknown>;
    return rest;
  });
  const code = node.parent ? {} : { code: codeBehind(node.machine) };
  return plain({ ...own, ...(actors.length > 0 ? { invoke: actors } : {}), ...code }) as Record<
    string,
    unknown
  >;
}

/** What stands behind the names in the chart. Names that are there to be used and are not say nothing of it. */
function codeBehind({ config, implementations }: AnyStateMachine): Record<string, Record<string, unknown>> {
  const text = JSON.stringify(plain(config));
  const used = (named: object) =>
    Object.fromEntries(Object.entries(named).filter(([name]) => text.includes(JSON.stringify(name))));
  const { guards, actions, delays } = implementations;
  return { guards: used(guards), actions: used(actions), delays: used(delays) };
}

function transitionsOf(node: AnyStateNode, flow: boolean): ChartTransition[] {
  const byEvent = [...node.transitions.values(), node.always ?? []];
  return byEvent.flatMap(alternatives =>
    alternatives.map((transition, index) => readTransition(transition, index > 0, flow)),
  );
}

function readTransition(
  transition: AnyTransitionDefinition,
  isAlternative: boolean,
  flow: boolean,
): ChartTransition {
  const { source, target, eventType, guard, actions, description, meta, reenter } = transition;
  const { delay } = transition as { delay?: unknown };
  const kind = kindOf(eventType, delay !== undefined, flow);
  const trigger = delay === undefined ? eventText(eventType, kind) : afterText(delay);
  const label: EdgeLabel = {
    trigger,
    guard: guard ? guardText(guard) : isAlternative ? 'else' : '',
    kind,
    by: (flow && (meta as { by?: string } | undefined)?.by) || '',
  };
  // Not every transition has every key, and `reenter` is set on all.
  const own = {
    ...(guard ? { guard } : {}),
    ...(actions.length > 0 ? { actions } : {}),
    ...(description ? { description } : {}),
    ...(meta ? { meta } : {}),
    ...(reenter ? { reenter } : {}),
  };
  return {
    id: transitionId(transition),
    from: stateId(source),
    to: (target ?? []).map(stateId),
    label,
    own: plain(own) as Record<string, unknown>,
  };
}

/** Transitions that lead nowhere else are told in the state's box: as loops they would hide the others. */
function withNotes(state: ChartState, transitions: readonly ChartTransition[]): ChartState {
  const notes: StateNote[] = [];
  const ignored: ChartTransition[] = [];

  for (const transition of transitions) {
    const { id, from, to, label, own } = transition;
    if (from !== state.id) continue;
    const actions = ((own.actions ?? []) as readonly unknown[]).map(nameOf);
    const note = { labels: [label], actions, transitions: [id] };
    if (to.includes(from)) notes.push({ ...note, kind: 'again', actions: [] });
    else if (to.length > 0) continue;
    else if (actions.length > 0) notes.push({ ...note, kind: 'does' });
    else ignored.push(transition);
  }
  if (ignored.length > 0) {
    const labels = ignored.map(({ label }) => label);
    notes.push({ kind: 'ignores', labels, actions: [], transitions: ignored.map(({ id }) => id) });
  }
  return { ...state, notes, children: state.children.map(child => withNotes(child, transitions)) };
}

function nameOf(action: unknown): string {
  if (typeof action === 'string') return action;
  const { type, code } = action as { type?: string; code?: string };
  return type ?? (/^(?:async )?function (\w+)/.exec(code ?? '')?.[1] || 'inline action');
}
