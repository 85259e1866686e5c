import { type AnyStateMachine, StateMachine } from 'xstate';
import type { Facts, FlowContext } from '../../machines/flow.ts';

/** The same flow for a caller of whom something is known already. */
export function withFacts(flow: AnyStateMachine, facts: Facts): AnyStateMachine {
  const { config, implementations } = flow;
  const first = config.context as FlowContext | ((given: unknown) => FlowContext);
  const knowing = (given: unknown): FlowContext => {
    const context = typeof first === 'function' ? first(given) : first;
    return { ...context, facts: { ...context.facts, ...facts } };
  };
  return new StateMachine({ ...config, context: knowing } as never, implementations as never);
}
