import { describe, expect, it } from 'vitest';
import type { AnyStateNode } from 'xstate';
import { callMachine } from '../../../machines/call.ts';

type Config = Record<string, unknown>;

const nodes = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodes)];
const states = nodes(callMachine.root as AnyStateNode);
const transitions = states.flatMap(node => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
]);
const { implementations } = callMachine;

/** Everything in the literal except what XState wants as a function. */
function* parts(value: unknown, path = ''): Generator<[path: string, value: unknown]> {
  yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* parts(inner, `${path}.${key}`);
}

describe('the call chart as it is drawn', () => {
  it('describes every state', () => {
    expect(states.filter(({ description }) => !description).map(({ id }) => id)).toEqual([]);
  });

  it('names only guards, actions, actors and delays that exist: XState ignores or mistakes the others', () => {
    const nameOf = (part: unknown) => (typeof part === 'string' ? part : ((part as Config).type as string));
    const guards = transitions.flatMap(({ guard }) => (guard ? [nameOf(guard)] : []));
    const actions = [
      ...transitions.flatMap(transition => transition.actions),
      ...states.flatMap(({ entry, exit }) => [...entry, ...exit]),
    ].map(nameOf);
    const actors = states.flatMap(({ invoke }) => invoke.map(({ src }) => src as string));
    const delays = states.flatMap(({ config }) => Object.keys((config.after as Config | undefined) ?? {}));

    expect(guards.filter(name => !(name in implementations.guards))).toEqual([]);
    // XState itself adds those that arm and disarm timers.
    expect(actions.filter(name => !name.startsWith('xstate.') && !(name in implementations.actions))).toEqual(
      [],
    );
    expect(actors.filter(name => !(name in implementations.actors))).toEqual([]);
    expect(delays.filter(name => !(name in implementations.delays))).toEqual([]);
  });

  it('uses every guard, action, actor and delay that it names', () => {
    const literal = JSON.stringify(callMachine.config);
    const unused = Object.values(implementations)
      .flatMap(named => Object.keys(named as Config))
      .filter(name => !literal.includes(`"${name}"`));
    expect(unused).toEqual([]);
  });

  it('holds no function but those that make context, input and output', () => {
    const functions = [...parts(callMachine.config)]
      .filter(([, value]) => typeof value === 'function')
      .map(([path]) => path.split('.').at(-1));
    expect([...new Set(functions)].sort()).toEqual(['context', 'input', 'output']);
  });

  it('never listens to every event: a wildcard would swallow the errors of actors', () => {
    expect(transitions.filter(({ eventType }) => eventType === '*')).toEqual([]);
  });

  it('has a way out of every state but the last', () => {
    const wayOut = (node: AnyStateNode | undefined): boolean =>
      node !== undefined &&
      (transitions.some(({ source, target }) => source === node && (target?.length ?? 0) > 0) ||
        wayOut(node.parent));
    expect(states.filter(node => node.type === 'atomic' && !wayOut(node)).map(({ id }) => id)).toEqual([]);
  });
});
