import { describe, expect, it } from 'vitest';
import type { Tool } from '../../runtime/ports.ts';
import { scriptedModel } from '../harness/scripted-providers.ts';
import { SimCall } from '../harness/sim-call.ts';
import { openCounter } from '../harness/test-flows.ts';

function tool(name: string, run: Tool['run'], extra: Partial<Tool> = {}): Tool {
  return { name, description: name, timeoutMs: 2_000, run, ...extra };
}

/** Looks both things up once, then says what it was told. */
function counterModel() {
  return scriptedModel(async function* ({ said, flow, rounds }) {
    if (said === null) yield { type: 'text', text: flow.say ?? '' };
    else if (rounds.length === 0) {
      yield { type: 'toolCall', id: 'one', name: 'lookUpStock', input: { item: 'shelf' } };
      yield { type: 'toolCall', id: 'two', name: 'lookUpPrice', input: { item: 'shelf' } };
    } else {
      const told = rounds[0]?.results.map(({ result, error }) => error ?? JSON.stringify(result));
      yield { type: 'text', text: `I was told ${told?.join(' and ')}.` };
    }
    yield { type: 'end', reason: 'complete' };
  });
}

describe('tools that the model calls by itself', () => {
  it('run side by side, and the model goes on with all their results and the same words', async () => {
    const model = counterModel();
    const started: string[] = [];
    const sim: SimCall = new SimCall({
      flow: openCounter,
      providers: { model },
      tools: [
        tool('lookUpStock', async () => {
          started.push('stock');
          return { stock: 3 };
        }),
        tool('lookUpPrice', async () => {
          started.push('price');
          throw new Error('the till is closed');
        }),
      ],
    });
    await sim.untilListening();
    await sim.converse('how many shelves are there.');

    expect(started).toEqual(['stock', 'price']);
    expect(model.requests.map(({ said }) => said)).toEqual([
      null,
      'how many shelves are there',
      'how many shelves are there',
    ]);
    expect(sim.call.record.turns().at(-1)).toMatchObject({
      agent: { heard: 'I was told {"stock":3} and the till is closed.' },
      tools: [{ name: 'lookUpStock' }, { name: 'lookUpPrice' }],
    });
  });

  it.each([
    { letFinish: false, ending: 'is cancelled when the caller leaves', finished: 0, aborted: 1 },
    { letFinish: true, ending: 'goes on to its end when it declares so', finished: 1, aborted: 0 },
  ])('one that is under way $ending', async ({ letFinish, finished, aborted }) => {
    let ended = 0;
    let cancelled = 0;
    const sim: SimCall = new SimCall({
      flow: openCounter,
      providers: { model: counterModel() },
      tools: [
        tool('lookUpPrice', async () => ({})),
        tool(
          'lookUpStock',
          (_, { signal }) =>
            new Promise(resolve => {
              signal.addEventListener('abort', () => cancelled++, { once: true });
              sim.clock.setTimeout(() => {
                if (!signal.aborted) ended++;
                resolve({});
              }, 1_000);
            }),
          { letFinish },
        ),
      ],
    });
    await sim.untilListening();
    sim.say('how many shelves are there.');
    await sim.until(() => sim.state === 'floor.replying.toolCalling', 'the tools');
    sim.carrier.hangUp();
    await sim.pass(3_000);
    expect(sim.summary?.outcome).toBe('hungUp');
    expect({ ended, cancelled }).toEqual({ ended: finished, cancelled: aborted });
  });
});
