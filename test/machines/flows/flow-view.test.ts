import { expect, test } from 'vitest';
import { expectedPhrases } from '../../../machines/expected-phrases.ts';
import { factsAfter } from '../../../machines/flow.ts';
import { choicesBy, type FlowChoice, wrongFact } from '../../../machines/flow-view.ts';
import { allViews } from './order-status-states.ts';

const choice = (event: string, extra: Partial<FlowChoice> = {}): FlowChoice => ({
  event,
  description: event,
  language: 'en',
  phrases: [event],
  slots: {},
  ...extra,
});

test('keys make the choices for keys, and words all others', () => {
  const keys = choice('caller.keys', { by: 'keypad' });
  const speaks = choice('caller.speaks');

  expect(choicesBy([keys, speaks], 'keypad')).toEqual([keys]);
  expect(choicesBy([keys, speaks], 'voice')).toEqual([speaks]);
  expect(choicesBy([speaks], 'keypad')).toEqual([speaks]);
});

test('the recogniser is given each spoken phrase once', () => {
  for (const view of allViews) {
    const phrases = expectedPhrases(view);

    expect(phrases).toContain('{orderNumber}');
    expect(new Set(phrases).size).toBe(phrases.length);
  }
});

test('facts take in what a choice caught and what a tool found, as text, and nothing else', () => {
  const before = { orderNumber: '4711', item: 'a lamp' };
  const result = { item: 'a chair', price: 20, found: true, parts: ['a leg'] };

  expect(factsAfter(before, { type: 'caller.saysNumber', facts: { orderNumber: '4712' } })).toEqual({
    orderNumber: '4712',
    item: 'a lamp',
  });
  expect(factsAfter(before, { type: 'tool.succeeded', tool: 't', result })).toEqual({
    orderNumber: '4711',
    item: 'a chair',
    price: '20',
  });
  expect(factsAfter(before, { type: 'tool.failed', tool: 't', error: 'gone' })).toEqual(before);
});

test.each(['471', '47111', 'four', ''])('"%s" is no order number, whoever takes it for one', orderNumber => {
  const says = allViews[0]!.choices.find(({ event }) => event === 'caller.saysNumber')!;

  expect(wrongFact(says, { orderNumber })).toBe('orderNumber is not 4 digits');
  expect(wrongFact(says, { orderNumber: '4711' })).toBeNull();
  expect(wrongFact(says, { colour: 'red' })).toBe('colour is none of its facts');
});
