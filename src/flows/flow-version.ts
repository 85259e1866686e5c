import { createHash } from 'node:crypto';
import type { AnyStateMachine } from 'xstate';
import { flow } from '../../machines/flow.ts';

/**
 * Identifies a flow by its content: the chart, and the code of its own behind the names in it. What every flow may use
 * is the product's, which has a version itself.
 */
export function flowVersion({ config, implementations }: AnyStateMachine): string {
  // XState adds the key to charts that a setup made, without a value.
  const { schemas: _, ...chart } = config as typeof config & { schemas?: unknown };
  return createHash('sha256')
    .update(JSON.stringify({ chart, ...ownCode(implementations) }, withCode))
    .digest('hex')
    .slice(0, 12);
}

const kinds = ['actions', 'guards', 'delays', 'actors'] as const;

/** The same for a flow in TypeScript, which brings the common names along, and in JSON, which is given them. */
const common = flow.createMachine({ context: { facts: {} } }).implementations;

function ownCode(implementations: AnyStateMachine['implementations']): Record<string, object> {
  return Object.fromEntries(
    kinds.map(kind => {
      const own = Object.entries(implementations[kind] ?? {}).filter(
        ([name]) => !(name in (common[kind] ?? {})),
      );
      return [kind, Object.fromEntries(own.sort(([one], [other]) => (one < other ? -1 : 1)))];
    }),
  );
}

function withCode(_: string, value: unknown): unknown {
  if (typeof value !== 'function') return value;
  // XState's own makers, as `assign`, keep what they were given on the function.
  return { code: value.toString(), ...value };
}
