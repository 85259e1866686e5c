import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toSpeakable } from '../../../src/text/speakable.ts';

const read = (text: string) => toSpeakable(text, 'en-US');

describe('text for the ear', () => {
  it.each([
    ['Your order 1 0 2 4 is ready.', 'Your order one zero two four is ready.'],
    ['It weighs 3.5 pounds.', 'It weighs three point five pounds.'],
    ['You have 1,250 points.', 'You have one thousand two hundred fifty points.'],
    ['That is $12.50.', 'That is twelve dollars and fifty cents.'],
    ['That is $1,000.', 'That is one thousand dollars.'],
    ['Delivery is on 2026-11-21.', 'Delivery is on November twenty first, twenty twenty six.'],
    ['Since 2005-01-02.', 'Since January second, two thousand five.'],
    ['We open at 9:00 and close at 6:30 pm.', "We open at nine o'clock and close at six thirty PM."],
    ['20% off', 'twenty percent off'],
    ['the 3rd floor', 'the third floor'],
    ['Code 0042.', 'Code zero zero four two.'],
    ['Write to ann.lee@example.com.', 'Write to ann dot lee at example dot com.'],
    ['See https://www.example.com/help?x=1.', 'See example dot com slash help'],
    ['**Yes**, _really_: [here](https://x.example)!', 'Yes, really: here!'],
    ['- one\n- two', 'one two'],
    ['Fish & chips 🙂', 'Fish and chips'],
    ['Call 202-555-0123 now.', 'Call two zero two, five five five, zero one two three now.'],
    ["It's fine.", "It's fine."],
  ])('reads %j', (written, spoken) => {
    expect(read(written)).toBe(spoken);
  });

  it('leaves a language without rules in its own words, but without Markdown', () => {
    expect(toSpeakable('Das sind **12** Euro.', 'de-DE')).toBe('Das sind 12 Euro.');
  });

  it('never leaves a digit of an English text to the voice, and never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 80 }),
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        (text, number) => {
          read(text);
          expect(read(`You have ${number} left.`)).not.toMatch(/\d/);
        },
      ),
    );
  });

  it('leaves plain words as they are', () => {
    const word = fc.stringMatching(/^[a-z]{1,10}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), words => {
        expect(read(`${words.join(' ')}.`)).toBe(`${words.join(' ')}.`);
      }),
    );
  });
});

describe('text for a Spanish ear', () => {
  it.each([
    [
      'Debe $128.40 desde el 2026-11-01.',
      'es-US',
      'Debe ciento veintiocho dólares con cuarenta centavos desde el primero de noviembre de dos mil veintiséis.',
    ],
    ['Son 1.250,50 €.', 'es-ES', 'Son mil doscientos cincuenta euros con cincuenta céntimos.'],
    ['Son $1,021.01.', 'es-MX', 'Son mil veintiún pesos con un centavo.'],
    ['Son £321.', 'es', 'Son trescientas veintiuna libras.'],
    ['Son 1.000.000 €.', 'es', 'Son un millón de euros.'],
    ['¿A las 17:30 o a las 9:15?', 'es', '¿A las cinco y media de la tarde o a las nueve y cuarto?'],
    ['A la 1:00 p. m.', 'es', 'A la una de la tarde'],
    ['Su pedido 1 0 2 4.', 'es', 'Su pedido uno cero dos cuatro.'],
    ['Código 0042.', 'es', 'Código cero cero cuatro dos.'],
    ['Un 20% más.', 'es', 'Un veinte por ciento más.'],
    ['La 3.ª planta, el 1er día.', 'es', 'La tercera planta, el primer día.'],
    ['Pesa 3,5 kilos.', 'es-ES', 'Pesa tres coma cinco kilos.'],
    ['Pesa 3.5 kilos.', 'es-MX', 'Pesa tres punto cinco kilos.'],
    ['Escriba a ana.paz@ejemplo.com.', 'es', 'Escriba a ana punto paz arroba ejemplo punto com.'],
    ['Llame al 612 345 678.', 'es-ES', 'Llame al seis uno dos, tres cuatro, cinco seis, siete ocho.'],
    ['¡Hola! ¿Sí o no?', 'es', '¡Hola! ¿Sí o no?'],
  ])('reads %j in %s', (written, language, spoken) => {
    expect(toSpeakable(written, language)).toBe(spoken);
  });

  it('leaves a number to the voice where its ending depends on the noun that follows', () => {
    expect(toSpeakable('Tiene 21 visitas y 200 puntos, y 12 días.', 'es')).toBe(
      'Tiene 21 visitas y 200 puntos, y doce días.',
    );
    expect(toSpeakable('Tiene 21.', 'es')).toBe('Tiene veintiuno.');
  });
});

it('reads the number that is meant, whatever signs its country writes', () => {
  const whole = fc.integer({ min: 0, max: 999_999 });
  fc.assert(
    fc.property(fc.constantFrom('en-US', 'es-ES', 'es-MX'), whole, (language, value) => {
      const plain = toSpeakable(`(${value})`, language);
      const grouped = new Intl.NumberFormat(language, {
        useGrouping: 'always',
      } as Intl.NumberFormatOptions).format(value);

      expect(toSpeakable(`(${grouped})`, language)).toBe(plain);
      expect(plain).not.toMatch(/\d/);
    }),
  );
});
