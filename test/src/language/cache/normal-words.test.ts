import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normalWords } from '../../../../src/language/cache/normal-words.ts';
import { standsAlone } from '../../../../src/language/cache/stands-alone.ts';

const normal = (text: string, language = 'en-US') => normalWords(text, language).join(' ');

test.each([
  ['Um, hi — what are your OPENING hours, please?', 'what are your opening hours'],
  ["What's your address?", 'what is your address'],
  ['What’s your address', 'whats your address'],
  ['Hello, could you tell me when you open?', 'when you open'],
  ['when when are you uh are you open', 'when are you are you open'],
  ['Ｗｈｅｎ are you open', 'when are you open'],
  ['No, thank you.', 'no'],
])('%j is the same question as %j', (one, other) => {
  expect(normal(one)).toBe(normal(other));
});

test.each([
  ['are you open at 5', 'are you open at 6'],
  ['are you open at 1.5', 'are you open at 15'],
  ['order four four', 'order four'],
  ['does it cost $5', 'does it cost 5'],
  ['is it 5%', 'is it 5'],
  ['is it -5 outside', 'is it 5 outside'],
  ['you do not deliver', 'you do deliver'],
  ["we're open", 'were open'],
  ['from a to b', 'from b to a'],
  ['你们几点开门', '你们在哪里'],
])('%j is another question than %j', (one, other) => {
  expect(normal(one)).not.toBe(normal(other));
});

test('courtesy alone is no question', () => {
  for (const said of ['um', 'Hello, thank you!', 'okay', '…', '']) expect(normal(said)).toBe('');
});

const word = fc.oneof(
  fc.constantFrom(
    'um',
    'the',
    'thank',
    'you',
    'good',
    'morning',
    "what's",
    'cannot',
    'please',
    'can',
    'tell',
    'me',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.nat({ max: 99_999 }).map(String),
);

test('what is in normal form stays as it is, in every language', () => {
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 12 }),
      fc.constantFrom('en-US', 'es-ES', 'ja-JP', 'xx'),
      (said, language) => {
        const once = normal(said.join(' '), language);
        expect(normal(once, language)).toBe(once);
      },
    ),
  );
});

test('no digit is ever lost or moved', () => {
  const digits = (text: string) => text.normalize('NFKC').replace(/\P{Nd}/gu, '');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), said => {
      expect(digits(normal(said.join(' ')))).toBe(digits(said.join(' ')));
    }),
  );
});

test.each([
  ['what are your opening hours', true],
  ['do you have a car park', true],
  ['is there parking', true],
  ['tell me about gift cards', true],
  ['and on saturday', false],
  ['what about it', false],
  ['what about gift cards', false],
  ['how many are there', false],
  ['what is the price', false],
  ['do you have cheaper lamps', false],
  ['which do you recommend', false],
  ['can i pay that by card', false],
  ['how much is the other one', false],
  ['do they open earlier', false],
  ['delivery', false],
  ['yes please', false],
  ['on saturday morning', false],
])('whether %j can be understood without what was said before: %j', (said, expected) => {
  expect(standsAlone(normalWords(said, 'en'), 'en')).toBe(expected);
});

test('where the words of a language are not known, nothing stands alone', () => {
  expect(standsAlone(normalWords('wann haben sie morgen geöffnet', 'de'), 'de')).toBe(false);
  expect(standsAlone(normalWords('¿tienen tarjetas de regalo?', 'es'), 'es')).toBe(true);
  expect(standsAlone(normalWords('¿y cuánto cuesta la otra?', 'es'), 'es')).toBe(false);
});
