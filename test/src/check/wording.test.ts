import { describe, expect, it } from 'vitest';
import { suggest } from '../../../src/check/nearest.ts';
import { isNotice } from '../../../src/check/rules/disclosure-phrases.ts';
import { secondsToSay } from '../../../src/check/speaking-time.ts';

describe('a sentence reads like a notice', () => {
  it.each([
    ['en', 'This call may be recorded.'],
    ['en', 'Calls are monitored for quality purposes.'],
    ['en', 'By staying on the line you agree to our terms.'],
    ['en', 'We record all calls.'],
    ['en', 'This is an attempt to collect a debt.'],
    ['en', 'Your personal data will be stored for a year.'],
    ['es', 'Esta llamada será grabada.'],
    ['es', 'Esta llamada puede ser grabada por motivos de calidad.'],
    ['es', 'Al continuar, usted acepta que grabemos.'],
    ['es', 'Sus datos personales serán tratados con cuidado.'],
    ['de', 'Dieses Gespräch wird zu Schulungszwecken aufgezeichnet.'],
    ['de', 'Es gelten die Allgemeinen Geschäftsbedingungen.'],
    ['fr', 'Cet appel est enregistré.'],
    ['fr', 'Nous vous écoutons, à des fins de qualité.'],
    ['it', 'La chiamata verrà registrata.'],
    ['pt', 'Esta ligação poderá ser gravada.'],
    ['nl', 'Dit gesprek wordt opgenomen.'],
  ])('in %s: %s', (language, sentence) => {
    expect(isNotice(sentence, language)).toBe(true);
  });

  it.each([
    ['en', 'What is your order number?'],
    ['en', 'Is it all right if this call is recorded?'],
    ['en', 'I have recorded your order.'],
    ['en', 'You can call us again tomorrow.'],
    ['en', 'Do you agree to the new date?'],
    ['en', 'Please agree on a day.'],
    ['es', '¿Quiere grabar un mensaje?'],
    ['es', 'Le llamaremos mañana por la mañana.'],
    ['de', 'Wir rufen Sie zurück.'],
    ['xx', 'This call may be recorded.'],
  ])('and not in %s: %s', (language, sentence) => {
    expect(isNotice(sentence, language)).toBe(false);
  });
});

describe('the time that a line takes', () => {
  const unknown = () => undefined;

  it('is that of 150 English words a minute', () => {
    const words = 'seven words that everybody uses every day '.repeat(15);
    expect(secondsToSay(words, unknown)).toBeGreaterThan(30);
    expect(secondsToSay(words, unknown)).toBeLessThan(60);
  });

  it('grows with what is filled in', () => {
    const digits = () => ({ type: 'digits', length: 10, description: '' }) as const;
    expect(secondsToSay('Number {n:digits}.', digits) - secondsToSay('Number.', digits)).toBe(4);
  });

  it('counts signs that are syllables', () => {
    expect(secondsToSay('ご用件をお話しください', unknown)).toBeGreaterThan(1.5);
  });
});

describe('a suggestion', () => {
  it.each([
    ['sya', 'say'],
    ['uninteruptible', 'uninterruptible'],
    ['noteFact', 'noteFacts'],
    ['tool.suceeded', 'tool.succeeded'],
  ])('for %s is %s', (written, meant) => {
    const names = [
      'ask',
      'say',
      'listen',
      'uninterruptible',
      'noteFacts',
      'forgetFacts',
      'tool.succeeded',
      'tool.failed',
    ];
    expect(suggest(written, names)).toBe(`Did you mean '${meant}'?`);
  });

  it('lists what there is when nothing is near', () => {
    expect(suggest('elephant', ['say', 'ask'])).toBe('There are: say, ask.');
    expect(suggest('elephant', [])).toBe('There is none.');
  });
});
