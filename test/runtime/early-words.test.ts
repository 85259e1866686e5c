import { expect, it } from 'vitest';
import { flow } from '../../machines/flow.ts';
import { defaultPlayout } from '../../runtime/media/playout.ts';
import type { ModelEvent, Tool } from '../../runtime/ports.ts';
import { says, scriptedModel, sleep } from '../harness/scripted-providers.ts';
import { SimCall, type SimOptions } from '../harness/sim-call.ts';

/** Reads an order back before it is placed; where that fails, asks whether to try again. */
const counter = flow.createMachine({
  id: 'counter',
  context: { facts: {} },
  meta: { facts: { item: { type: 'digits', length: 4, description: 'What is ordered.' } } },
  initial: 'greeting',
  states: {
    greeting: {
      meta: { say: 'What do you want to order?' },
      on: {
        'caller.orders': {
          target: 'confirming',
          actions: 'noteFacts',
          description: 'An order.',
          meta: { phrases: ['{item}', '{item} yes please'] },
        },
      },
    },
    confirming: {
      meta: { say: 'You order {item:digits}, is that right?', ask: 'Is that right?' },
      on: { 'caller.confirms': { target: 'placing', meta: { phrases: ['@yes'], confirms: true } } },
    },
    placing: {
      meta: { say: 'One second.', tool: { name: 'order', input: { item: 'item' } } },
      on: { 'tool.succeeded': { target: 'placed' }, 'tool.failed': { target: 'notPlaced' } },
    },
    placed: { meta: { say: 'It is ordered.' } },
    notPlaced: {
      meta: { say: 'That did not work. Shall I try again?', ask: 'Shall I try again?' },
      on: { 'caller.triesAgain': { target: 'placing', meta: { phrases: ['@yes'], confirms: true } } },
    },
  },
});

function callToOrder(options: SimOptions & { toolMs?: number } = {}) {
  const runs: string[] = [];
  const tool: Tool = {
    name: 'order',
    description: 'Places an order.',
    changes: true,
    letFinish: true,
    timeoutMs: 8_000,
    async run({ item }, { signal }) {
      runs.push(String(item));
      await sleep(sim.clock, options.toolMs ?? 3_000, signal);
      throw new Error('the back office does not answer');
    },
  };
  const sim: SimCall = new SimCall({ flow: counter, tools: [tool], ...options });
  return { sim, runs };
}

const TOOL = 'floor.replying.toolCalling';

it('A yes that the caller had said while a tool ran was taken for the answer to whether it should be tried again', async () => {
  const { sim, runs } = callToOrder();
  await sim.untilListening();
  await sim.converse('1234');
  sim.say('yes');
  await sim.until(() => sim.state === TOOL, 'the tool');
  await sim.pass(500);
  sim.say('yes');
  await sim.until(() => sim.call.record.misunderstood === 1, 'the yes to be asked for again');
  await sim.untilListening();

  expect(runs).toHaveLength(1);
  expect(sim.call.flowState).toBe('notPlaced');
  expect(sim.call.record.turns().at(-1)?.agent.heard).toContain('Shall I try again?');

  sim.say('yes');
  await sim.until(() => runs.length === 2, 'the second attempt');
});

it('A yes over words from before the tool failed was taken for the answer to a question that nobody had heard', async () => {
  const { sim, runs } = callToOrder({ toolMs: 50, firstAudioMs: 100 });
  await sim.untilListening();
  await sim.converse('1234');
  sim.say('yes');
  await sim.until(() => sim.state === TOOL, 'the tool');
  await sim.until(() => sim.call.flowState === 'notPlaced', 'the tool to fail');
  sim.say('yes');
  await sim.until(() => sim.call.record.misunderstood === 1, 'the yes to be asked for again');
  expect(runs).toHaveLength(1);
});

it('A question is asked, and an answer to it counts, also where the call goes on on another node in between', async () => {
  const { sim } = callToOrder();
  await sim.untilListening();
  await sim.converse('1234');
  const { sim: second, runs } = callToOrder({ restore: sim.leftBehind() });
  second.reconnect();
  await second.untilListening();
  second.say('yes');
  await second.until(() => runs.length === 1, 'the order');
});

it.each([
  ['acknowledges nothing that was played', true],
  ['has ceased to acknowledge what it plays', false],
])(
  'A caller whose carrier %s agreed in vain, however often they were asked',
  async (_, isFromTheBeginning) => {
    const { sim, runs } = callToOrder();
    sim.carrier.echoesMarks = !isFromTheBeginning;
    await sim.untilListening();
    sim.carrier.echoesMarks = false;
    sim.say('1234');
    await sim.until(() => sim.call.flowState === 'confirming', 'the order to be read back');
    await sim.pass(2_500);
    sim.say('yes');
    if (!isFromTheBeginning) {
      await sim.until(() => sim.call.record.misunderstood === 1, 'the yes to be asked for again');
      await sim.pass(2_500);
      sim.say('yes');
    }
    await sim.until(() => runs.length === 1, 'the order');
  },
);

it('A yes agreed to an order of whose reading back the carrier had not played anything yet, as far as it had said', async () => {
  const { sim, runs } = callToOrder({ host: { playout: { ...defaultPlayout, markEveryMs: 1_000 } } });
  await sim.untilListening();
  sim.say('1234');
  await sim.until(() => sim.state === 'floor.replying.speaking', 'the order to be read back');
  sim.say('yes');
  await sim.until(() => sim.call.record.misunderstood === 1, 'the yes to be asked for again');
  expect(sim.call.record.turns().at(-2)?.agent.heard).toBe('');
  await sim.untilListening();
  expect(runs).toEqual([]);
  sim.say('yes');
  await sim.until(() => runs.length === 1, 'the order');
});

it('A model placed an order with the very words that the caller had ordered with, and read nothing back', async () => {
  const model = scriptedModel(({ flow, turn }) => {
    const open = flow.choices.map(({ event }) => event);
    if (turn > 1 && open.includes('caller.orders')) return chooses('caller.orders', { item: '1234' });
    if (open.includes('caller.confirms')) return chooses('caller.confirms', {});
    return says(flow.say ?? '');
  });
  const { sim, runs } = callToOrder({ providers: { model } });
  await sim.untilListening();
  await sim.converse('1234 yes please');
  expect(sim.call.flowState).toBe('confirming');
  expect(runs).toEqual([]);
});

function* chooses(event: string, facts: Record<string, string>): Iterable<ModelEvent> {
  yield { type: 'choice', event, facts };
  yield { type: 'end', reason: 'complete' };
}
