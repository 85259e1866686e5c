import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digitsOf, toWords } from '../../../../../src/providers/embedded/navigator/words.ts';

const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

test.each([
  ['four seven one one', '4711'],
  ['Forty-seven, eleven.', '4711'],
  ['4711', '4711'],
  ['47 11', '4711'],
  ['4,711', '4711'],
  ['4-7-1-1', '4711'],
  ['double four one oh', '4410'],
  ['triple seven two', '7772'],
  ['nineteen eighty four', '1984'],
  ['twenty oh one', '2001'],
  ['forty seven hundred', '4700'],
  ['four thousand seven hundred and eleven', '4711'],
  ['four thousand and eleven', '4011'],
  ['two thousand', '2000'],
  ['four seven um one, well, one', '4711'],
  ['oh oh four two', '0042'],
])('hears "%s" as %s', (said, digits) => {
  expect(toWords(said).map(digitsOf)).toEqual([digits]);
});

test.each([
  ['Thanks, I’d like an AGENT please!', ['id', 'like', 'an', 'agent']],
  ['oh yes', ['yes']],
  ['okay thank you very much', []],
  ['double room and triple', ['double', 'room', 'and', 'triple']],
  ['order4711', ['order', '#4711']],
  ['señor café', ['senor', 'cafe']],
  ['constructor toString', ['constructor', 'tostring']],
  ['  … !', []],
])('makes words of "%s"', (said, words) => {
  expect(toWords(said)).toEqual(words);
});

test('any digits read one by one come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }), digits => {
      const [word, ...others] = toWords(digits.map(digit => names[digit]).join(' '));

      expect(digitsOf(word!)).toBe(digits.join(''));
      expect(others).toEqual([]);
    }),
  );
});

test('no text, however odd, breaks it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
      for (const word of toWords(text)) expect(word).toMatch(/^(#[\do]+|[a-z]+)$/);
    }),
  );
});

describe('in Spanish', () => {
  test.each([
    ['cuatro siete uno uno', '4711'],
    ['Cuarenta y siete, once.', '4711'],
    ['doble cuatro, uno, cero', '4410'],
    ['seis dos dos, treinta y tres, cero cuatro', '6223304'],
    ['mil novecientos ochenta y cuatro', '1984'],
    ['dos mil uno', '2001'],
    ['veintidós, eh, dieciséis', '2216'],
    ['ciento cinco', '105'],
  ])('hears "%s" as %s', (said, digits) => {
    expect(toWords(said, 'es').map(digitsOf)).toEqual([digits]);
  });

  test.each([
    ['¡Sí, por favor!', ['si']],
    ['si', ['si']],
    ['muchas gracias, adiós', ['adios']],
    ['una persona', ['una', 'persona']],
    ['No, es correcto.', ['no', 'es', 'correcto']],
    ['no es correcto', ['nunca', 'es', 'correcto']],
  ])('makes words of "%s"', (said, words) => {
    expect(toWords(said, 'es')).toEqual(words);
  });

  test('any digits read one by one come back as they were', () => {
    const spanish = ['cero', 'uno', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve'];
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 12 }), digits => {
        expect(toWords(digits.map(digit => spanish[digit]).join(' '), 'es')).toEqual([`#${digits.join('')}`]);
      }),
    );
  });
});

test('a language without words of ours is read as English is', () => {
  expect(toWords('four seven', 'nl')).toEqual(['#47']);
  expect(toWords('four seven', 'toString')).toEqual(['#47']);
});
