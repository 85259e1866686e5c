import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { flow } from '../../machines/flow.ts';
import { flowInfo, viewFlow } from '../../machines/flow-view.ts';
import { graft, SubflowError } from '../../machines/subflows.ts';

const naming = flow.createMachine({
  id: 'naming',
  meta: { facts: { name: { type: 'text', description: 'The name.' } } },
  context: { facts: {} },
  initial: 'asking',
  on: {
    'caller.startsOver': {
      target: '#naming.asking',
      description: 'Anew.',
      meta: { phrases: ['start over'] },
    },
  },
  states: {
    asking: {
      meta: { say: 'What is your name?' },
      on: {
        'caller.tells': {
          target: '#naming.told',
          actions: 'noteFacts',
          description: 'The name.',
          meta: { phrases: ['my name is {name}'] },
        },
      },
    },
    told: { type: 'final' },
  },
});

const host = flow.createMachine({
  id: 'host',
  meta: { facts: { day: { type: 'text', description: 'The day.' } } },
  context: { facts: {} },
  initial: 'first',
  states: {
    first: { meta: { subflow: 'naming' }, onDone: 'second' },
    second: { meta: { subflow: 'naming' }, onDone: 'thanking' },
    thanking: { meta: { say: 'Thank you, {name}.' } },
  },
});

const parts = new Map([['naming', naming]]);

test('a sub-flow takes place inside its state, as often as it is named, and its end leads on', () => {
  const actor = createActor(graft(host, parts)).start();
  const view = () => viewFlow(actor.getSnapshot(), 'en');

  expect(view()).toMatchObject({ flow: 'host', state: 'first.asking', say: 'What is your name?' });
  actor.send({ type: 'caller.startsOver', facts: {} });
  expect(view().state).toBe('first.asking');
  actor.send({ type: 'caller.tells', facts: { name: 'Ann' } });
  expect(view().state).toBe('second.asking');
  actor.send({ type: 'caller.tells', facts: { name: 'Bob' } });
  expect(view()).toMatchObject({ state: 'thanking', say: 'Thank you, Bob.' });
});

test('the facts of a sub-flow are facts of the flow', () => {
  expect(Object.keys(flowInfo(graft(host, parts)).facts)).toEqual(['name', 'day']);
});

test('a sub-flow that does not exist is an error that names the state and those that do', () => {
  expect(() => graft(host, new Map([['paying', naming]]))).toThrow(
    new SubflowError("host.first holds the sub-flow 'naming', and there is none; there are: paying."),
  );
});

test('a sub-flow that contains itself is an error', () => {
  const endless = flow.createMachine({
    id: 'endless',
    context: { facts: {} },
    initial: 'again',
    states: { again: { meta: { subflow: 'endless' } } },
  });
  expect(() => graft(endless, new Map([['endless', endless]]))).toThrow("'endless' contains itself");
});

test('a flow without sub-flows is left as it is', () => {
  expect(graft(naming, parts)).toBe(naming);
});
