import { type AnyStateMachine, StateMachine } from 'xstate';
import type { Facts } from '../../machines/flow.ts';
import { withFacts } from '../rehearsal/with-facts.ts';

interface NodeConfig {
  type?: string;
  initial?: unknown;
  states?: Record<string, NodeConfig>;
}

export function hasState({ root }: AnyStateMachine, state: string): boolean {
  let node: AnyStateMachine['root'] | undefined = root;
  for (const key of state.split('.')) node = node?.states[key];
  return node !== undefined;
}

/** The same flow for a call that begins in `state`, a dotted path, with these facts known. */
export function beginIn(flow: AnyStateMachine, state: string, facts: Facts): AnyStateMachine {
  const config = beginningIn(flow.config as NodeConfig, state.split('.'));
  return withFacts(new StateMachine(config as never, flow.implementations as never), facts);
}

function beginningIn(node: NodeConfig, [key, ...rest]: readonly string[]): NodeConfig {
  const inner = key === undefined ? undefined : node.states?.[key];
  if (key === undefined || !inner) return node;
  return {
    ...node,
    ...(node.type !== 'parallel' && { initial: key }),
    states: { ...node.states, [key]: beginningIn(inner, rest) },
  };
}
