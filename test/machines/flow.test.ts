import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { flow as flows } from '../../machines/flow.ts';
import { viewFlow } from '../../machines/flow-view.ts';

const flow = flows.createMachine({
  id: 'advice',
  context: { facts: {} },
  initial: 'greeting',
  states: {
    greeting: {
      meta: { say: 'Hello.' },
      on: {
        'caller.asks': { target: 'advising', description: 'The caller asks.', meta: { phrases: ['why'] } },
      },
    },
    advising: { meta: { say: 'Give advice.', model: 'deep', improvise: true, tools: ['findParcel'] } },
  },
});

test('a state leaves the model to the words, its line as written and tools alone, unless it says otherwise', () => {
  const actor = createActor(flow).start();
  expect(viewFlow(actor.getSnapshot(), 'en')).toMatchObject({ model: null, improvise: false, tools: [] });
  actor.send({ type: 'caller.asks', facts: {} });
  expect(viewFlow(actor.getSnapshot(), 'en')).toMatchObject({
    model: 'deep',
    improvise: true,
    tools: ['findParcel'],
  });
});
