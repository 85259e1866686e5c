import { expect, test } from 'vitest';
import { createActor, setup } from 'xstate';
import { type FlowContext, type FlowEvent, type FlowMeta, viewFlow } from '../../machines/flow.ts';

const flow = setup({
  types: { context: {} as FlowContext, events: {} as FlowEvent, meta: {} as FlowMeta },
}).createMachine({
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
  expect(viewFlow(actor.getSnapshot())).toMatchObject({ model: null, improvise: false, tools: [] });
  actor.send({ type: 'caller.asks', facts: {} });
  expect(viewFlow(actor.getSnapshot())).toMatchObject({
    model: 'deep',
    improvise: true,
    tools: ['findParcel'],
  });
});
