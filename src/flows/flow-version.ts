import { createHash } from 'node:crypto';
import type { AnyStateMachine } from 'xstate';

/** Identifies a flow by its content: the chart, and the code behind the names in it. */
export function flowVersion({ config, implementations }: AnyStateMachine): string {
  const { actions, guards, delays, actors } = implementations;
  return createHash('sha256')
    .update(JSON.stringify({ config, actions, guards, delays, actors }, withCode))
    .digest('hex')
    .slice(0, 12);
}

function withCode(_: string, value: unknown): unknown {
  if (typeof value !== 'function') return value;
  // XState's own makers, as `assign`, keep what they were given on the function.
  return { code: value.toString(), ...value };
}
