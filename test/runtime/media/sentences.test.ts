import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SentenceSplitter } from '../../../runtime/media/sentences.ts';

function split(...pieces: string[]): string[] {
  const splitter = new SentenceSplitter();
  return [...pieces.flatMap(piece => splitter.push(piece)), ...splitter.flush()];
}

const text = fc
  .array(
    fc.constantFrom(
      'Hello',
      'yes',
      'Dr.',
      '3.5',
      'a.m.',
      'no.',
      'really?!',
      '“so”',
      'and,',
      'one:',
      '…',
      'wait...',
    ),
    {
      maxLength: 60,
    },
  )
  .map(words => words.join(' '));

describe('sentences of streamed text', () => {
  it.each([
    ['Hello there. How are you?', ['Hello there.', 'How are you?']],
    ['It is 3.5 km. Fine.', ['It is 3.5 km.', 'Fine.']],
    ['Dr. Smith is in. Yes.', ['Dr. Smith is in.', 'Yes.']],
    ['At 9 a.m. we open.', ['At 9 a.m. we open.']],
    ['He said "stop." Then he left.', ['He said "stop."', 'Then he left.']],
    ['Really?! Yes…', ['Really?!', 'Yes…']],
    ['¡Hola! ¿Es correcto? Sí.', ['¡Hola!', '¿Es correcto?', 'Sí.']],
    ['La Dra. Paz abre a las 9 a. m. ¿Le va bien?', ['La Dra. Paz abre a las 9 a. m. ¿Le va bien?']],
    ['Llame al núm. 12. Gracias.', ['Llame al núm. 12.', 'Gracias.']],
    ['   ', []],
    ['no end', ['no end']],
  ])('%j are %j', (whole, sentences) => {
    expect(split(whole)).toEqual(sentences);
  });

  it('come out as soon as they are certain, not before', () => {
    const splitter = new SentenceSplitter();
    expect(splitter.push('It costs 3.')).toEqual([]);
    expect(splitter.push('50. ')).toEqual(['It costs 3.50.']);
    expect(splitter.push('Dr. ')).toEqual([]);
    expect(splitter.push('Who? Me')).toEqual(['Dr. Who?']);
    expect(splitter.flush()).toEqual(['Me']);
    expect(splitter.flush()).toEqual([]);
  });

  it('are cut at a comma when a clause is too long to wait for', () => {
    const clause = 'and so on '.repeat(10).trim();
    expect(split(`${clause}, ${clause}, ${clause}`).length).toBeGreaterThan(1);
  });

  it('are the same however the text is cut into pieces, as long as none is long', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 20 }), (whole, cuts) => {
        fc.pre(whole.length < 120);
        const at = [0, ...cuts.map(cut => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
        expect(split(...at.slice(1).map((to, i) => whole.slice(at[i], to)))).toEqual(split(whole));
      }),
    );
  });

  it('hold every letter of the text, once and in order', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ maxLength: 400 })), whole => {
        expect(split(whole).join('').replace(/\s/g, '')).toBe(whole.replace(/\s/g, ''));
      }),
    );
  });
});
