import { describe, expect, it } from 'vitest';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { play } from '../../../src/scenarios/play.ts';
import { parseScenarios } from '../../../src/scenarios/read-scenarios.ts';

const hear = async () => ({ text: 'help', confidence: 0.8, voiceMs: 500 });

async function playText(text: string, run = 0) {
  const [scenario] = parseScenarios('/flows/order-status.scenarios.yaml', text);
  if (!scenario) throw new Error('There is no scenario.');
  return play(scenario, { flow: orderStatus, language: 'en-US', hear, run });
}

const steps = (text: string) => `- name: A call\n  steps:\n${text.replace(/^/gm, '    ')}\n`;

describe('a scenario fails', () => {
  it.each([
    ['- caller: help\n  expect: { flow: goodbye }', 'wrong state', 'the flow in goodbye', 'helping'],
    [
      '- caller: bananas\n  expect: { flow: helping }',
      'misunderstood',
      'the flow in helping',
      'takingNumber.greeting',
    ],
    [
      '- caller: help\n  expect: { choice: saysGoodbye }',
      'misunderstood',
      'the choice saysGoodbye',
      'asksForHelp',
    ],
    [
      '- caller: help\n  expect: { call: floor.speaking }',
      'wrong state',
      'the call in floor.speaking',
      'floor.listening.quiet',
    ],
    [
      '- keys: "1024#"\n  expect: { facts: { orderNumber: 1025 } }',
      'wrong facts',
      'orderNumber: 1025',
      'orderNumber: 1024',
    ],
    [
      '- keys: "1024#"\n  expect: { facts: { item: ~ } }',
      'wrong facts',
      'no item',
      'item: a walnut bookshelf',
    ],
    ['- keys: "1024#"\n  expect: { tool: none }', 'wrong tool', 'no tool', 'lookUpOrder(orderNumber: 1024)'],
    [
      '- caller: help\n  expect: { tool: { name: lookUpOrder, input: { orderNumber: 1 } } }',
      'wrong tool',
      'lookUpOrder(orderNumber: 1)',
      'no tool',
    ],
    ['- caller: help\n  expect: { says: bananas }', 'wrong words', 'the words “bananas”', '“You can tell me'],
    ['- caller: help\n  expect: { does not say: /you/ }', 'wrong words', 'never “/you/”', '“You can tell me'],
    ['- caller: help\n  expect: { answers within: 300ms }', 'too slow', 'an answer within 300 ms', ' ms'],
    [
      '- caller: help\n  expect: { interrupted: true }',
      'wrong state',
      'the agent cut off',
      'the agent not cut off',
    ],
    [
      '- caller: help\n  expect: { ended with: completed }',
      'wrong ending',
      'the end: completed',
      'the call in floor.listening.quiet',
    ],
    [
      '- caller: goodbye\n  expect: { ended with: hungUp }',
      'wrong ending',
      'the call ends as: hungUp',
      'completed',
    ],
    ['- caller: help\n  expect: { turns: 0 }', 'misunderstood', 'at most 0 answers', '1'],
    ['- caller: goodbye\n- caller: help', 'wrong ending', 'the call to go on', 'the call was over'],
    ['- caller: goodbye\n  after words: 40', 'wrong words', 'the call to go on', 'its reply was too short'],
    [
      '- caller any of: confirmsNumber',
      'wrong state',
      'the call to go on',
      "'confirmsNumber' is no choice by voice in takingNumber.greeting",
    ],
    [
      '- caller: goodbye\n  expect: { after the call: { interruptions: 1 } }',
      'wrong words',
      'interruptions: 1',
      '0',
    ],
    [
      '- caller: goodbye\n  expect: { after the call: { summary: silence } }',
      'wrong words',
      'a summary with “silence”',
      'came to its end',
    ],
  ])('for %j', async (text, kind, expected, was) => {
    const { failures } = await playText(steps(text));
    expect(failures).toMatchObject([{ kind, expected, was: expect.stringContaining(was) }]);
  });

  it('at the line of the step, and goes no further', async () => {
    const { failures, transcript } = await playText(
      steps(
        '- caller: help\n- caller: delivery\n  expect: { flow: helping, says: bananas }\n- caller: goodbye',
      ),
    );
    expect(failures.map(({ line, kind }) => [line, kind])).toEqual([
      [4, 'wrong state'],
      [4, 'wrong words'],
    ]);
    expect(transcript.some(({ text }) => text.includes('goodbye'))).toBe(false);
  });
});

describe('a scenario holds', () => {
  it('with every slot of a choice that is said in any way, and in other words at every run', async () => {
    const text = steps(
      '- caller any of: saysNumber\n  with: { orderNumber: 1492 }\n  expect: { flow: takingNumber.confirming, facts: { orderNumber: 1492 } }',
    );
    const said = new Set<string>();
    for (let run = 0; run < 8; run++) {
      const { failures, transcript } = await playText(text, run);
      expect(failures).toEqual([]);
      said.add(transcript.find(({ who }) => who === 'caller')?.text ?? '');
    }
    expect(said.size).toBeGreaterThan(3);
  });

  it('with a recording, as the recogniser hears it', async () => {
    const { failures, transcript } = await playText(steps('- wav: help.wav\n  expect: { flow: helping }'));
    expect(failures).toEqual([]);
    expect(transcript.find(({ who }) => who === 'caller')?.text).toBe('“help” (help.wav)');
  });

  it('with what is given: facts, latencies, tools that do not exist, and a fault from the first', async () => {
    const { failures } = await playText(`
- name: A call
  given:
    facts: { orderNumber: 7 }
    latencies: { voice: 900ms }
    faults: { voice: slow by 2s }
    tools: { lookUpOrder: { answers: { found: true, item: a hat, status: is here, arrival: Now. } } }
  steps:
    - expect: { facts: { orderNumber: 7 } }
    - keys: "1234#"
      expect: { says: "a hat, is here. Now.", flow: answering.orderFound }
`);
    expect(failures).toEqual([]);
  });

  it('and leaves to a judge what only a judge can say, with the conversation so far', async () => {
    const { questions } = await playText(
      steps('- caller: help\n  expect: { judge: The agent was polite. }\n- caller: goodbye'),
    );
    expect(questions).toMatchObject([{ line: 3, statement: 'The agent was polite.' }]);
    expect(questions[0]?.transcript).toMatch(/You can tell me/);
    expect(questions[0]?.transcript).not.toMatch(/goodbye/i);
  });
});
