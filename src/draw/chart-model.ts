import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { afterText, eventText, guardText } from './transition-text.ts';

export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

export interface StateNote {
  /** `again`: leaves and enters the state anew. `does`: acts and stays. `ignores`: takes the event and does nothing. */
  kind: 'again' | 'does' | 'ignores';
  text: string;
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
  notes: readonly StateNote[];
  children: readonly ChartState[];
}

export interface EdgeLabel {
  /** What brings it about: an event, `after silence`, `flow done`; empty for a transition taken at once. */
  trigger: string;
  guard: string;
  timed: boolean;
}

/** `caller.finished [mayAskAgain]`; `always` for what neither waits nor asks. */
export function labelText({ trigger, guard }: EdgeLabel): string {
  return [trigger, guard && `[${guard}]`].filter(Boolean).join(' ') || 'always';
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
}

/** Reads what is to be drawn from a machine. The order is the chart's own, so the same chart gives the same model. */
export function readChart(machine: AnyStateMachine): ChartModel {
  const edges = new Map<string, { from: string; to: string; labels: EdgeLabel[]; transitions: string[] }>();

  for (const node of nodesBelow(machine.root)) {
    for (const { transition, label, id } of transitionsOf(node)) {
      for (const target of transition.target ?? []) {
        if (target === node) continue;
        const [from, to] = [stateId(node), stateId(target)];
        const edge = edges.get(`${from} ${to}`) ?? { from, to, labels: [], transitions: [] };
        edges.set(`${from} ${to}`, edge);
        edge.labels.push(label);
        edge.transitions.push(id);
      }
    }
  }
  return { root: readState(machine.root), edges: [...edges.values()] };
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

function readState(node: AnyStateNode): ChartState {
  const first = node.type === 'compound' ? node.initial.target?.[0] : undefined;
  return {
    id: stateId(node),
    name: node.key,
    kind: node.type,
    description: node.description ?? '',
    invokes: node.invoke.map(invoked => (typeof invoked.src === 'string' ? invoked.src : invoked.id)),
    initial: first ? stateId(first) : null,
    notes: notesOf(node),
    children: childrenOf(node).map(readState),
  };
}

interface FoundTransition {
  transition: AnyTransitionDefinition;
  label: EdgeLabel;
  id: string;
}

function transitionsOf(node: AnyStateNode): FoundTransition[] {
  const byEvent = [...node.transitions.values(), node.always ?? []];
  return byEvent.flatMap(alternatives =>
    alternatives.map((transition, index) => ({
      transition,
      id: transitionId(transition),
      label: labelOf(transition, index > 0),
    })),
  );
}

function labelOf(transition: AnyTransitionDefinition, isAlternative: boolean): EdgeLabel {
  const { delay } = transition as { delay?: unknown };
  const guard = transition.guard ? guardText(transition.guard) : isAlternative ? 'else' : '';
  return {
    trigger: delay === undefined ? eventText(transition.eventType) : afterText(delay),
    guard,
    timed: delay !== undefined,
  };
}

/** Transitions that lead nowhere else are told in the state's box: as loops they would hide the others. */
function notesOf(node: AnyStateNode): StateNote[] {
  const ignored: StateNote = { kind: 'ignores', text: '', transitions: [] };
  const notes: StateNote[] = [];

  for (const { transition, label, id } of transitionsOf(node)) {
    const { target, actions } = transition;
    const text = labelText(label);
    if (target?.includes(node)) notes.push({ kind: 'again', text, transitions: [id] });
    else if (target) continue;
    else if (actions.length > 0)
      notes.push({ kind: 'does', text: `${text} / ${actions.map(nameOf).join(', ')}`, transitions: [id] });
    else {
      ignored.text += ignored.text ? `, ${text}` : text;
      ignored.transitions = [...ignored.transitions, id];
    }
  }
  return ignored.text ? [...notes, ignored] : notes;
}

function nameOf(action: unknown): string {
  if (typeof action === 'string') return action;
  const { type, name } = action as { type?: string; name?: string };
  return type ?? (name || 'inline action');
}
