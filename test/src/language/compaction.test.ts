import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../runtime/ports.ts';
import { type Compacted, compact } from '../../../src/language/compaction.ts';
import { estimateTokens } from '../../../src/language/tokens.ts';

const anyText = fc.oneof(
  fc.lorem({ maxCount: 40 }),
  fc.string({ maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constantFrom('Is that right?', 'My number is 4711.', '你的訂單已經寄出。'),
);
const anyHistory: fc.Arbitrary<Message[]> = fc.array(
  fc.record({ role: fc.constantFrom('caller' as const, 'agent' as const), text: anyText }),
  { maxLength: 60 },
);
const anyFacts = fc.dictionary(fc.stringMatching(/^[a-z]{1,12}$/), fc.string({ maxLength: 40 }), {
  maxKeys: 8,
});
const anySettings = fc.record({
  budgetTokens: fc.integer({ min: 0, max: 3_000 }),
  keepMessages: fc.integer({ min: 1, max: 20 }),
});
/** Little enough that some of the latest messages do not fit. */
const tightSettings = fc.record({
  budgetTokens: fc.integer({ min: 0, max: 600 }),
  keepMessages: fc.integer({ min: 4, max: 20 }),
});

function tokensOf({ facts, digest, messages }: Compacted): number {
  const spoken = messages.reduce((sum, { text }) => sum + estimateTokens(text), 0);
  return estimateTokens(facts) + estimateTokens(digest ?? '') + spoken;
}

test('facts are never lost, however many there are and however little room', () => {
  fc.assert(
    fc.property(anyHistory, anyFacts, anySettings, (history, facts, settings) => {
      const lines = compact({ history, facts }, settings).facts;
      expect(lines).toBe(
        Object.entries(facts)
          .map(([name, value]) => `${name}: ${value}`)
          .join('\n'),
      );
    }),
  );
});

test('the budget is kept unless the facts alone exceed it', () => {
  fc.assert(
    fc.property(anyHistory, anyFacts, anySettings, (history, facts, settings) => {
      const compacted = compact({ history, facts }, settings);
      const least = estimateTokens(compacted.facts);
      expect(tokensOf(compacted)).toBeLessThanOrEqual(Math.max(settings.budgetTokens, least));
    }),
  );
});

test('what stays is the end of the conversation, word for word and in order', () => {
  fc.assert(
    fc.property(anyHistory, anyFacts, tightSettings, (history, facts, settings) => {
      const { messages } = compact({ history, facts }, settings);
      expect(messages).toEqual(messages.length === 0 ? [] : history.slice(-messages.length));
      expect(messages.length).toBeLessThanOrEqual(settings.keepMessages);
    }),
    { numRuns: 500 },
  );
});

test('the digest keeps the order of what it tells', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 80 }),
      fc.integer({ min: 0, max: 1_200 }),
      (count, budgetTokens) => {
        const history: Message[] = Array.from({ length: count }, (_, at) => ({
          role: at % 2 ? 'agent' : 'caller',
          text: `It is matter ${at}.`,
        }));
        const { digest, messages } = compact({ history, facts: {} }, { budgetTokens, keepMessages: 4 });
        const told = [...(digest ?? '').matchAll(/matter (\d+)/g)].map(match => Number(match[1]));
        const from = count - messages.length - told.length;
        expect(told).toEqual(told.map((_, at) => from + at));
      },
    ),
  );
});

test('a short conversation is left as it is', () => {
  const history: Message[] = [
    { role: 'agent', text: 'Hello.' },
    { role: 'caller', text: 'Hi.' },
  ];
  expect(compact({ history, facts: {} })).toEqual({ facts: '', digest: null, messages: history });
});

test('of what is older stays what was asked for and told, numbers included, without the questions', () => {
  const rambling = `${'well you know how it is with these things '.repeat(8)}and the other order was 8155`;
  const history: Message[] = [
    { role: 'caller', text: rambling },
    { role: 'agent', text: 'Your order is on its way. Is there anything else?' },
    { role: 'agent', text: 'Are you still there?' },
    { role: 'caller', text: 'yes' },
  ];
  const { digest } = compact({ history, facts: {} }, { budgetTokens: 600, keepMessages: 1 });
  expect(digest!.split('\n')).toEqual([
    expect.stringMatching(/^Caller: well you know .* … 8155$/),
    'Agent: Your order is on its way.',
  ]);
  expect(digest!.length).toBeLessThan(rambling.length);
});

test('what is left out is counted', () => {
  const history: Message[] = Array.from({ length: 200 }, (_, at) => ({
    role: 'caller',
    text: `I have a long matter that I want to talk about, the ${at}th of them.`,
  }));
  const { digest, messages } = compact({ history, facts: {} }, { budgetTokens: 500, keepMessages: 6 });
  const [first, ...lines] = digest!.split('\n');
  const missing = Number(first!.match(/^\((\d+) earlier messages left out\)$/)![1]);
  expect(missing + lines.length + messages.length).toBe(200);
});

test('Chinese is not taken for short', () => {
  expect(estimateTokens('你的訂單已經寄出')).toBe(8);
  expect(estimateTokens('')).toBe(0);
});
