import { type AnyStateMachine, createMachine } from 'xstate';
import type { FlowInfo, FlowStateMeta } from './flow.ts';

type StateConfig = {
  meta?: unknown;
  initial?: unknown;
  states?: Record<string, StateConfig>;
  on?: Record<string, unknown>;
  [key: string]: unknown;
};

/** A part that is not there, or that contains itself. The message says where and what to do. */
export class SubflowError extends Error {
  override readonly name = 'SubflowError';
}

/**
 * The flow with every sub-flow in its place: a state with `meta.subflow` holds the part's states, and the part's final
 * states lead to the state's `onDone`. One chart, so that all that reads, draws, checks or replays flows knows only
 * charts. Facts and implementations of the parts are taken in; the flow's own go before them. Throws a `SubflowError`.
 */
export function graft(
  machine: AnyStateMachine,
  parts: ReadonlyMap<string, AnyStateMachine>,
): AnyStateMachine {
  const used: AnyStateMachine[] = [];
  const config = graftState(machine.config as StateConfig, [machine.id], [], parts, used);
  if (used.length === 0) return machine;

  const own = (machine.config.meta ?? {}) as FlowInfo;
  const facts = Object.assign(
    {},
    ...used.map(part => (part.config.meta as FlowInfo | undefined)?.facts),
    own.facts,
  );
  const { actions, guards, delays, actors } = Object.fromEntries(
    (['actions', 'guards', 'delays', 'actors'] as const).map(kind => [
      kind,
      Object.assign({}, ...[...used, machine].map(({ implementations }) => implementations[kind])),
    ]),
  );
  return createMachine(
    { ...config, meta: { ...own, facts } } as never,
    { actions, guards, delays, actors } as never,
  );
}

function graftState(
  state: StateConfig,
  path: readonly string[],
  within: readonly string[],
  parts: ReadonlyMap<string, AnyStateMachine>,
  used: AnyStateMachine[],
): StateConfig {
  const name = (state.meta as FlowStateMeta | undefined)?.subflow;
  if (name === undefined) return graftStates(state, path, within, parts, used);

  const at = path.join('.');
  const part = parts.get(name);
  if (!part)
    throw new SubflowError(
      `${at} holds the sub-flow '${name}', and there is none; there are: ${[...parts.keys()].join(', ') || 'none'}.`,
    );
  if (within.includes(name)) throw new SubflowError(`${at}: the sub-flow '${name}' contains itself.`);
  used.push(part);

  const { initial, states, on } = retarget(part.config, `#${part.id}`, `#${at}`) as StateConfig;
  const grafted = { ...state, initial, states: states ?? {}, on: { ...on, ...state.on } };
  return graftStates(grafted, path, [...within, name], parts, used);
}

function graftStates(
  state: StateConfig,
  path: readonly string[],
  within: readonly string[],
  parts: ReadonlyMap<string, AnyStateMachine>,
  used: AnyStateMachine[],
): StateConfig {
  if (!state.states) return state;
  const states = Object.entries(state.states).map(([key, child]) => [
    key,
    graftState(child, [...path, key], within, parts, used),
  ]);
  return { ...state, states: Object.fromEntries(states) };
}

/** The same config with targets `#part` and `#part.…` turned to where the part now is. */
function retarget(value: unknown, from: string, to: string): unknown {
  if (Array.isArray(value)) return value.map(item => retarget(item, from, to));
  if (typeof value === 'string')
    return value === from || value.startsWith(`${from}.`) ? to + value.slice(from.length) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === 'meta' ? item : retarget(item, from, to)]),
  );
}
