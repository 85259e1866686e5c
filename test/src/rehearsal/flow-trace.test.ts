import { expect, it } from 'vitest';
import { type AnyMachineSnapshot, createActor } from 'xstate';
import { flow } from '../../../machines/flow.ts';
import { FlowTrace } from '../../../src/rehearsal/flow-trace.ts';

const machine = flow.createMachine({
  id: 'f',
  context: { facts: {} },
  initial: 'a',
  on: { 'caller.wantsRepeat': { actions: 'sayAgain' } },
  states: {
    a: {
      on: {
        'caller.goes': [
          { guard: { type: 'knowsFacts', params: { facts: ['key'] } }, target: 'c' },
          { target: 'b' },
        ],
      },
    },
    b: {
      initial: 'one',
      onDone: 'c',
      states: { one: { on: { 'caller.ends': 'two' } }, two: { type: 'final' } },
    },
    c: { on: { 'caller.again': { target: 'c', reenter: true } } },
  },
});

it('counts the very transitions that were taken, the alternatives apart, and every state that was entered', () => {
  const first = createActor(machine).getSnapshot() as AnyMachineSnapshot;
  const trace = new FlowTrace(first);
  const actor = createActor(machine, {
    inspect: event => {
      if (event.type === '@xstate.microstep') trace.follow(event);
    },
  });
  actor.start();
  for (const event of ['wantsRepeat', 'goes', 'goes', 'ends', 'again', 'again'])
    actor.send({ type: `caller.${event}`, facts: {} });

  expect(trace.hits).toEqual({
    states: { f: 1, 'f.a': 1, 'f.b': 1, 'f.b.one': 1, 'f.b.two': 1, 'f.c': 3 },
    transitions: {
      'f|caller.wantsRepeat|0': 1,
      'f.a|caller.goes|1': 1,
      'f.b.one|caller.ends|0': 1,
      'f.b|xstate.done.state.f.b|0': 1,
      'f.c|caller.again|0': 2,
    },
  });
});
