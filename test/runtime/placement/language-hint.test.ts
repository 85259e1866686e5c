import fc from 'fast-check';
import { expect, test } from 'vitest';
import { languageHint } from '../../../runtime/placement/language-hint.ts';

const nothing = { country: null, from: '', words: '' };

test.each([
  ['en', 'My order number is one zero two four'],
  ['en', 'I would like to book an appointment for Monday'],
  ['es', 'Quiero saber dónde está mi pedido'],
  ['es', 'buenos dias llamo por una cita'],
  ['fr', 'Bonjour, je voudrais prendre rendez-vous'],
  ['fr', 'Je n’ai pas reçu mon colis'],
  ['de', 'Guten Tag, ich möchte einen Termin'],
  ['de', 'wo ist meine bestellung'],
  ['pt', 'Bom dia, eu gostaria de marcar uma consulta'],
  ['pt', 'quero falar com alguém'],
])('%s is told by “%s”', (language, words) => {
  expect(languageHint({ ...nothing, words }).language).toBe(language);
});

test.each([
  [{ country: 'MX', from: '' }, 'es', 'the call comes from MX'],
  [{ country: 'br', from: '' }, 'pt', 'the call comes from BR'],
  [{ country: null, from: '+351912345678' }, 'pt', 'the call comes from +351 (PT)'],
  [{ country: '', from: '+4930123456' }, 'de', 'the call comes from +49 (DE)'],
  // The webhook knows the country of a number that several share.
  [{ country: 'CA', from: '+15145550123' }, 'en', 'the call comes from CA'],
])('a call of %j is probably in %s', (signs, language, because) => {
  const hint = languageHint({ ...nothing, ...signs });
  expect(hint.language).toBe(language);
  expect(hint.text).toContain(because);
});

test.each([
  { country: 'CH' },
  { country: 'BE' },
  { from: '+41441234567' },
  { words: 'no' },
  { words: 'Bundesliga' },
  { country: 'XX', from: 'client:anonymous' },
  { from: '+999123' },
  {},
])('%j leaves the language unknown', signs => {
  const hint = languageHint({ ...nothing, ...signs });
  expect(hint.language).toBeNull();
  expect(hint.text).toMatch(/^The language of the caller is unknown/);
});

test('Words weigh more than the country, and a country with one language more than one word', () => {
  const words = 'quiero hablar con una persona';
  expect(languageHint({ ...nothing, country: 'US', words })).toEqual({
    language: 'es',
    confidence: 0.99,
    text: 'The caller probably speaks es (es 0.99, where 0.7 is enough), because the call comes from US and 4 of 5 words tell a language.',
  });
  expect(languageHint({ ...nothing, country: 'DE', words: 'yes' }).language).toBe('de');
  expect(languageHint({ ...nothing, country: 'CH', words: 'bonjour, je parle français' }).language).toBe(
    'fr',
  );
});

test('Any text of any caller gets a sentence, and a confidence that never is certainty', () => {
  fc.assert(
    fc.property(
      fc.option(fc.string()),
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      (country, from, words) => {
        const { language, confidence, text } = languageHint({ country, from, words });
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThan(1);
        expect(text).toMatch(/^The .+\.$/s);
        expect(text).not.toMatch(/undefined|NaN/);
        if (language !== null) expect(confidence).toBeGreaterThanOrEqual(0.7);
        if (words.length > 8) expect(text).not.toContain(words);
      },
    ),
  );
});
