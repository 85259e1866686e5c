import type { FlowChoiceMeta, FlowStateMeta } from '../../machines/flow.ts';
import type { FlowFile } from './flow-text.ts';
import { type Config, isConfig } from './form.ts';
import { type Home, type Place, within } from './place.ts';

export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

/** An action or a guard by its name; code of a TypeScript flow has none. */
export interface Named {
  name: string | null;
  params: unknown;
  place: Place;
  /** Guards within `and`, `or` and `not`. */
  inner: readonly Named[];
  /** All of `inner` must hold. */
  isAnd: boolean;
}

export interface Transition {
  from: State;
  /** `caller.…`, `tool.…`, `transfer.failed`, or whatever was written; `always` and `onDone` without an event. */
  event: string;
  /** Its number among those of the same event, from 0. */
  at: number;
  /** Empty when the conversation stays where it is. */
  targets: readonly State[];
  /** Targets that lead nowhere, with what XState would say. */
  badTargets: readonly { written: string; problem: string }[];
  guard: Named | null;
  actions: readonly Named[];
  description: string | undefined;
  meta: Partial<FlowChoiceMeta> | undefined;
  reenters: boolean;
  place: Place;
}

export interface State {
  key: string;
  /** Dotted path; empty for the chart itself. */
  name: string;
  parent: State | null;
  children: State[];
  kind: StateKind;
  description: string | undefined;
  meta: FlowStateMeta;
  config: Config;
  entry: readonly Named[];
  exit: readonly Named[];
  /** By event, in the order in which they are tried. */
  transitions: Map<string, Transition[]>;
  /** The name of the part whose states these are, when the state holds a sub-flow. */
  holds: string | null;
  place: Place;
  /** What ids are looked up in: a part keeps its own. */
  scope: Scope;
}

interface Scope {
  file: FlowFile;
  home: Home;
  root: State | null;
  ids: Map<string, State>;
}

/** A flow with its parts in their places, read from its config alone. */
export interface Chart {
  root: State;
  /** All states, the root first, as they are written. */
  states: readonly State[];
  transitions: readonly Transition[];
  /** Parts that were put in place. */
  parts: readonly FlowFile[];
}

/** Reads the chart of `file`. Sub-flows that are missing, or contain themselves, stay empty. */
export function readChart(file: FlowFile, parts: ReadonlyMap<string, FlowFile>): Chart {
  const states: State[] = [];
  const used = new Map<string, FlowFile>();

  const read = (config: Config, key: string, parent: State | null, place: Place, scope: Scope): State => {
    const state = newState(config, key, parent, place, scope);
    states.push(state);
    if (typeof config.id === 'string') scope.ids.set(config.id, state);
    readChildren(config, state, place, scope);
    const name = state.meta.subflow;
    const part = name === undefined ? undefined : parts.get(name);
    if (part && part.textFaults.length === 0 && !isWithin(state, part.name)) {
      used.set(part.name, part);
      holdPart(state, part);
    }
    return state;
  };

  const readChildren = (config: Config, state: State, place: Place, scope: Scope) => {
    for (const [key, child] of Object.entries(configOf(config.states))) {
      if (!isConfig(child)) continue;
      const name = state.name === '' ? key : `${state.name}.${key}`;
      state.children.push(
        read(child, key, state, { ...within(place, 'states', key), home: scope.home, state: name }, scope),
      );
    }
  };

  /** A part's root is not a state of its own: its states and its choices become those of the state that holds it. */
  const holdPart = (state: State, part: FlowFile) => {
    const home: Home = { file: part.file, outline: part.outline };
    const scope: Scope = { file: part, home, root: state, ids: new Map() };
    const id = part.config.id;
    scope.ids.set(typeof id === 'string' ? id : '(machine)', state);
    state.holds = part.name;
    state.kind = 'compound';
    const place: Place = { home, path: [], state: state.name };
    readChildren(part.config, state, place, scope);
    partsHeld.push({ state, part, place, scope });
  };

  const partsHeld: { state: State; part: FlowFile; place: Place; scope: Scope }[] = [];
  const home: Home = { file: file.file, outline: file.outline };
  const scope: Scope = { file, home, root: null, ids: new Map() };
  const root = read(file.config, '', null, { home, path: [], state: '' }, scope);
  scope.root = root;
  if (typeof file.config.id !== 'string') scope.ids.set('(machine)', root);

  for (const state of states) readTransitions(state, state.config, state.place, state.scope);
  for (const held of partsHeld) {
    const own = new Set(held.state.transitions.keys());
    const { on } = held.part.config;
    if (on !== undefined) readTransitions(held.state, { on }, held.place, held.scope, own);
  }
  const transitions = states.flatMap(state => [...state.transitions.values()].flat());
  return { root, states, transitions, parts: [...used.values()] };
}

function newState(config: Config, key: string, parent: State | null, place: Place, scope: Scope): State {
  return {
    key,
    name: place.state,
    parent,
    children: [],
    kind: kindOf(config),
    description: textOf(config.description),
    meta: (parent === null ? {} : configOf(config.meta)) as FlowStateMeta,
    config,
    entry: namedIn(config.entry, within(place, 'entry')),
    exit: namedIn(config.exit, within(place, 'exit')),
    transitions: new Map(),
    holds: null,
    place,
    scope,
  };
}

function kindOf({ type, states }: Config): StateKind {
  if (typeof type === 'string') return type as StateKind;
  return Object.keys(configOf(states)).length > 0 ? 'compound' : 'atomic';
}

function isWithin(state: State, part: string): boolean {
  for (let at: State | null = state; at; at = at.parent) if (at.holds === part) return true;
  return state.scope.file.name === part;
}

function readTransitions(
  state: State,
  config: Config,
  place: Place,
  scope: Scope,
  except: ReadonlySet<string> = new Set(),
): void {
  const read = (event: string, written: unknown, at: Place) => {
    if (except.has(event) || written === undefined) return;
    const several = Array.isArray(written) ? written : null;
    const all = (several ?? [written]).map((each, index) =>
      readTransition(state, event, index, each, several ? within(at, index) : at, scope),
    );
    state.transitions.set(event, [...(state.transitions.get(event) ?? []), ...all]);
  };

  for (const [event, written] of Object.entries(configOf(config.on)))
    read(event, written, { ...within(place, 'on', event), transition: event });
  read('always', config.always, { ...within(place, 'always'), transition: 'always' });
  read('onDone', config.onDone, { ...within(place, 'onDone'), transition: 'onDone' });
}

function readTransition(
  from: State,
  event: string,
  at: number,
  written: unknown,
  place: Place,
  scope: Scope,
): Transition {
  const config: Config = typeof written === 'string' ? { target: written } : configOf(written);
  const resolved = [config.target ?? []]
    .flat()
    .filter(target => typeof target === 'string')
    .map(target => ({ written: target, ...resolve(target, from, scope) }));
  return {
    from,
    event,
    at,
    targets: resolved.flatMap(({ state }) => state ?? []),
    badTargets: resolved.flatMap(({ written, problem }) => (problem ? [{ written, problem }] : [])),
    guard: config.guard === undefined ? null : readNamed(config.guard, within(place, 'guard')),
    actions: namedIn(config.actions, within(place, 'actions')),
    description: textOf(config.description),
    meta: isConfig(config.meta) ? (config.meta as Partial<FlowChoiceMeta>) : undefined,
    reenters: config.reenter === true,
    place,
  };
}

/** Finds a target as XState does: `#id.child`, `.child`, or a path from the parent. */
function resolve(target: string, from: State, scope: Scope): { state?: State; problem?: string } {
  if (target.startsWith('#')) {
    const [id = '', ...path] = target.slice(1).split('.');
    const anchor = scope.ids.get(target.slice(1)) ?? scope.ids.get(id);
    if (!anchor) return { problem: `no state has the id '${id}'` };
    return descend(anchor, scope.ids.has(target.slice(1)) ? [] : path, scope);
  }
  const isRoot = from === scope.root;
  if (target.startsWith('.')) return descend(from, target.slice(1).split('.'), scope);
  if (isRoot) return { problem: `from the chart itself a target begins with a dot: '.${target}'` };
  return descend(from.parent!, target.split('.'), scope);
}

/** Only states of the same file can be named: a chart is made before its parts are put in place. */
function descend(from: State, path: readonly string[], scope: Scope): { state?: State; problem?: string } {
  let state = from;
  for (const key of path) {
    const next = state.children.find(child => child.key === key && child.scope === scope);
    if (!next)
      return { problem: `${state.name === '' ? 'the chart' : `'${state.name}'`} has no state '${key}'` };
    state = next;
  }
  return { state };
}

function namedIn(written: unknown, place: Place): Named[] {
  if (written === undefined) return [];
  if (!Array.isArray(written)) return [readNamed(written, place)];
  return written.map((each, index) => readNamed(each, within(place, index)));
}

function readNamed(written: unknown, place: Place): Named {
  const base = { place, inner: [], isAnd: false, params: undefined };
  if (typeof written === 'string') return { ...base, name: written };
  if (isConfig(written)) return { ...base, name: String(written.type), params: written.params };
  // XState's and(), or() and not() are functions that carry their guards.
  const { guards, check } = (written ?? {}) as { guards?: unknown; check?: { name?: string } };
  const isAnd = check?.name === 'checkAnd';
  return { ...base, name: null, inner: Array.isArray(guards) ? namedIn(guards, place) : [], isAnd };
}

function configOf(value: unknown): Config {
  return isConfig(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The state and those around it, the innermost first. */
export function withAncestors(state: State): State[] {
  const line: State[] = [];
  for (let at: State | null = state; at; at = at.parent) line.push(at);
  return line;
}
