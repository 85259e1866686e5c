import { expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { type FlowContext, type FlowEvent, type FlowMeta, factsAfter } from '../../machines/flow.ts';
import type { ModelEvent, ModelRequest, Tool } from '../../runtime/ports.ts';
import { says, scriptedModel } from '../harness/scripted-providers.ts';
import { SimCall } from '../harness/sim-call.ts';

/** The caller asks, a tool is called, and the model puts what comes of it into its own words. */
const enquiry = setup({
  types: { context: {} as FlowContext, events: {} as FlowEvent, meta: {} as FlowMeta },
  actions: { noteFacts: assign({ facts: ({ context, event }) => factsAfter(context.facts, event) }) },
}).createMachine({
  id: 'enquiry',
  context: { facts: {} },
  initial: 'helping',
  states: {
    helping: {
      meta: { say: 'How can I help?', tools: ['lookUpStock'] },
      on: {
        'caller.asks': { target: 'checking', description: 'Asks for a shelf.', meta: { phrases: ['shelf'] } },
      },
    },
    checking: {
      meta: { improvise: true, tool: { name: 'lookUpStock', input: {} } },
      on: { 'tool.succeeded': { target: 'telling', actions: 'noteFacts' }, 'tool.failed': 'helping' },
    },
    telling: { meta: { say: 'There are {stock}.', improvise: true } },
  },
});

const stock: Tool = {
  name: 'lookUpStock',
  description: 'How many there are.',
  timeoutMs: 1_000,
  run: async () => ({ stock: 3 }),
};

async function requestsOf(answer: (request: ModelRequest) => Iterable<ModelEvent>) {
  const model = scriptedModel(request => (request.turn === 1 ? says('How can I help?') : answer(request)));
  const sim = new SimCall({ flow: enquiry, tools: [stock], providers: { model } });
  await sim.untilListening();
  await sim.converse('have you got a shelf');
  return { requests: model.requests.slice(1), sim };
}

it('After a choice and after the flow’s tool, the model is told what the agent has said in the turn so far', async () => {
  const { requests, sim } = await requestsOf(function* ({ flow, turn }) {
    if (flow.state === 'helping') {
      yield { type: 'text', text: 'A shelf, very well. ' };
      yield { type: 'choice', event: 'caller.asks', facts: {} };
    } else if (flow.tool) {
      yield { type: 'text', text: 'I will have a look. ' };
      yield { type: 'toolCall', id: `tool-${turn}`, ...flow.tool };
    } else yield { type: 'text', text: 'There are three.' };
    yield { type: 'end', reason: 'complete' };
  });

  const earlier = { role: 'agent', text: 'How can I help?' };
  const asked = { role: 'caller', text: 'have you got a shelf' };
  expect(requests.map(({ step, said, history }) => ({ step, said, history }))).toEqual([
    { step: 0, said: 'have you got a shelf', history: [earlier] },
    { step: 1, said: null, history: [earlier, asked, { role: 'agent', text: 'A shelf, very well.' }] },
    {
      step: 2,
      said: null,
      history: [earlier, asked, { role: 'agent', text: 'A shelf, very well. I will have a look.' }],
    },
  ]);
  expect(sim.call.record.turns().at(-1)?.agent.heard).toBe(
    'A shelf, very well. I will have a look. There are three.',
  );
});

it('After a tool of its own the model is told, once, what it said before it called it', async () => {
  const { requests } = await requestsOf(function* ({ flow, rounds }) {
    if (rounds.length === 0) {
      yield { type: 'text', text: 'Let me see. ' };
      yield { type: 'toolCall', id: 'tool-1', name: 'lookUpStock', input: {} };
    } else if (flow.state === 'helping') yield { type: 'choice', event: 'caller.asks', facts: {} };
    else yield { type: 'text', text: 'There are three.' };
    yield { type: 'end', reason: 'complete' };
  });

  expect(requests.map(({ said, rounds }) => [said, rounds.map(round => round.said)])).toEqual([
    ['have you got a shelf', []],
    ['have you got a shelf', ['Let me see.']],
    [null, ['Let me see.']],
  ]);
  expect(requests.at(-1)?.history.slice(1)).toEqual([{ role: 'caller', text: 'have you got a shelf' }]);
});
