import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FactType } from '../../../machines/flow.ts';
import { CallRedaction } from '../../../src/console/redaction/call-redaction.ts';
import { markedValues } from '../../../src/inspect/marked-values.ts';
import { plainCopy } from '../../../src/inspect/plain-copy.ts';

const facts: Record<string, FactType> = {
  orderNumber: { type: 'digits', description: 'The order.' },
  birthday: { type: 'text', description: 'A birthday.', personal: true } as FactType,
};

function shown(value: unknown, known: Record<string, FactType> | null = facts): string {
  return JSON.stringify(plainCopy(value, markedValues(new CallRedaction(known))));
}

/** Words that no name of ours, and no mark, contains. */
const secretWord = fc.stringMatching(/^[a-z]{4,12}$/).map(word => `Zq${word}qZ`);

describe('what viewers are shown of values', () => {
  it('is nothing that was said, found out, or went into a tool or out of it', () => {
    fc.assert(
      fc.property(secretWord, fc.nat({ max: 99_999_999 }), (word, number) => {
        const digits = String(number + 100);
        const text = `${word} ${digits}`;
        const everything = {
          type: 'caller.finished',
          text,
          speculatedText: text,
          facts: { birthday: text, orderNumber: digits, unheardOf: text },
          toolCalls: [
            { id: 'a', name: 'lookUp', input: { name: text, deep: [{ text }], number: Number(digits) } },
          ],
          calls: [{ id: 'a', name: 'lookUp', input: text }],
          results: [
            { id: 'a', name: 'lookUp', result: { rows: [text, { [`k${word}`]: text }] }, error: null },
          ],
          result: { line: text, birthday: text },
          input: { callId: 'c', speculatedText: text, utterances: [1] },
          output: { text },
        };
        const without = shown(everything).replaceAll(`"k${word}"`, '""');
        expect(without).not.toContain(word);
        expect(without).not.toContain(digits);
      }),
    );
  });

  it('keeps what an engineer looks for: ids, choices, tools, times of turns, and whether it was found', () => {
    const event = {
      type: 'tools.finished',
      callId: 'call-20261121-0042',
      turn: 3,
      results: [{ id: 'toolu_123456', name: 'lookUpOrder', result: { found: true, count: 2 }, error: null }],
    };
    expect(JSON.parse(shown(event))).toEqual(event);
    const choice = { type: 'reply.chose', turn: 4, choice: 'caller.saysNumber', facts: { orderNumber: '' } };
    expect(JSON.parse(shown(choice))).toEqual(choice);
    expect(JSON.parse(shown({ type: 'caller.finished', confidence: 0.87654, by: 'voice' }))).toEqual({
      type: 'caller.finished',
      confidence: 0.87654,
      by: 'voice',
    });
  });

  it('has no numbers and addresses that a stranger’s error quotes', () => {
    const error = { type: 'reply.failed', error: 'No account for jane@example.com, +1 202 555 0123.' };
    expect(shown(error)).toBe('{"type":"reply.failed","error":"No account for [email], [phone]."}');
  });
});

describe('a plain copy', () => {
  it('is JSON, whatever it is a copy of', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }), value => {
        expect(() => JSON.stringify(plainCopy({ value }))).not.toThrow();
      }),
    );
  });

  it('ends where a value holds itself, and does not copy what is endless', () => {
    const self: Record<string, unknown> = { name: 'a' };
    self.self = self;
    expect(plainCopy(self)).toEqual({ name: 'a', self: '[circular]' });
    const long = plainCopy({ list: Array.from({ length: 2_000 }, (_, i) => i), text: 'x'.repeat(9_000) }) as {
      list: unknown[];
      text: string;
    };
    expect(long.list.at(-1)).toBe('[1500 more]');
    expect(long.text).toHaveLength(4_001);
  });

  it('names functions and errors', () => {
    function isOpen() {}
    expect(plainCopy({ guard: isOpen, error: new TypeError('no') })).toEqual({
      guard: { type: 'isOpen' },
      error: { name: 'TypeError', message: 'no' },
    });
  });
});
