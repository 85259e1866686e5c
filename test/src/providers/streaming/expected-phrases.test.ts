import { expect, it } from 'vitest';
import { auraModel, listAuraVoices } from '../../../../src/providers/deepgram/voices.ts';
import { keytermsOf, wholePhrase } from '../../../../src/providers/streaming/expected-phrases.ts';
import { cutText } from '../../../../src/providers/streaming/pieces.ts';

it('hints at the words that matter, those for every call first, and not at too many', () => {
  expect(
    keytermsOf(
      ["what's the status of order {orderNumber}", 'I would like a Refund please', 'status'],
      ['Aybiza'],
    ),
  ).toEqual(['Aybiza', 'status', 'order', 'Refund']);
  const many = Array.from({ length: 200 }, (_, i) => `product${i}`);
  expect(keytermsOf(many)).toHaveLength(50);
});

it('knows a whole phrase through capitals and punctuation, with one to twelve words in a slot', () => {
  const isWhole = wholePhrase(["where's my order {number}", 'no thanks', 'from {a} to {b}']);
  expect(isWhole("Where's my order 4 7 1 1?")).toBe(true);
  expect(isWhole('Wheres my order')).toBe(false);
  expect(isWhole('No, thanks.')).toBe(true);
  expect(isWhole('no thanks bye')).toBe(false);
  expect(isWhole('from new york to paris')).toBe(true);
  expect(isWhole('')).toBe(false);
});

it('finds the model of a voice, and a voice for the language when there is no such voice', () => {
  expect(auraModel('thalia', 'en-US')).toBe('aura-2-thalia-en');
  expect(auraModel('Celeste', 'es-MX')).toBe('aura-2-celeste-es');
  expect(auraModel('aura-asteria-en', 'en')).toBe('aura-asteria-en');
  expect(auraModel('slt', 'en-GB')).toBe('aura-2-thalia-en');
  expect(auraModel('thalia', 'de-DE')).toMatch(/^aura-2-\w+-de$/);
  expect(auraModel('thalia', 'sv')).toBeNull();
  const models = listAuraVoices().map(({ model }) => model);
  expect(new Set(models).size).toBe(models.length);
  expect(models).toHaveLength(41 + 17 + 7 + 9 + 2 + 9 + 5);
});

it('cuts long texts after sentences, else between words, and loses nothing but the space', () => {
  expect(cutText('One two. Three four five.', 12)).toEqual(['One two.', 'Three four', 'five.']);
  expect(cutText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
  expect(cutText('  ', 4)).toEqual([]);
});
