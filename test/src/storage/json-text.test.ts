import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toJsonText } from '../../../src/storage/json-text.ts';

const oddText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\0',
        '\\',
        '\\u0000',
        '\\ud800',
        '\ud83d',
        '\ude00',
        '😀',
        '"',
        '\n',
        '\u0001',
        'é',
        '\u2028',
      ),
      fc.string(),
    ),
  )
  .map(parts => parts.join(''));

it('replaces NUL and lone surrogates, and nothing else, in values and in names', () => {
  fc.assert(
    fc.property(oddText, oddText, (name, text) => {
      const storable = (odd: string) => Buffer.from(odd.replaceAll('\0', '\ufffd')).toString();
      const expected = storable(text);
      const json = toJsonText([{ [`_${name}`]: text }]);
      expect(json).not.toMatch(/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/);
      expect(JSON.parse(json)).toEqual([{ [`_${storable(name)}`]: expected }]);
    }),
  );
});

it('keeps integers that JSON has no number for', () => {
  expect(toJsonText({ count: 2n ** 64n })).toBe('{"count":"18446744073709551616"}');
});

it('writes nothing as null', () => {
  expect(toJsonText(undefined)).toBe('null');
});
