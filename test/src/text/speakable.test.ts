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
