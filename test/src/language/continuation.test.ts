import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { trimOverlap, wholeWords, withoutOverlap } from '../../../src/language/continuation.ts';

/** Sends text through a filter in pieces of `size`. */
function through(
  filter: { push(text: string): string; flush(): string },
  text: string,
  size: number,
): string {
  let out = '';
  for (let at = 0; at < text.length; at += size) out += filter.push(text.slice(at, at + size));
  return out + filter.flush();
}

describe('a continuation', () => {
  test.each([
    ['goes on', 'It will arrive on ', 'Thursday.', 'Thursday.'],
    ['goes on after a whole word without its space', 'It will arrive on', 'Thursday.', ' Thursday.'],
    ['repeats the last words', 'Your order will arrive on ', 'arrive on Thursday.', 'Thursday.'],
    // The space after the overlap used to get lost: "onThursday".
    [
      'repeats the last words of a longer beginning',
      'Your order will arrive on',
      'arrive on Thursday.',
      ' Thursday.',
    ],
    ['repeats them in other letters', 'Your order WILL arrive on ', 'will arrive on Thursday.', 'Thursday.'],
    ['begins with a space', 'It will arrive on ', ' Thursday.', 'Thursday.'],
    ['begins a new sentence', 'It has left.', 'It arrives on Thursday.', ' It arrives on Thursday.'],
    ['goes on with punctuation', 'It has left', ', and arrives soon.', ', and arrives soon.'],
    ['shares a word by chance', 'The order and ', 'and the lamp', 'and the lamp'],
  ])('that %s joins on', (_, spoken, continuation, expected) => {
    expect(trimOverlap(spoken, continuation)).toBe(expected);
  });

  test('that starts all over, however long the beginning was, adds only what is new', () => {
    const spoken =
      'Your order, a desk lamp with a green shade, left our warehouse on Monday evening and was handed to the carrier, who ';
    const rest = 'expects to deliver it on Thursday.';
    for (const size of [1, 7, 200]) expect(through(withoutOverlap(spoken), spoken + rest, size)).toBe(rest);
  });

  test('that only repeats what was said adds nothing', () => {
    const spoken = 'It will arrive on Thursday, and you will get a message. ';
    expect(through(withoutOverlap(spoken), spoken, 5)).toBe('');
  });

  test('cut anywhere between two words, and repeating any number of them, is whole', () => {
    const sentence =
      'The parcel left us on Monday and should be with you by the end of this week at the latest.';
    const words = sentence.split(/(?<= )/);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: words.length }),
        fc.nat(),
        fc.integer({ min: 1, max: 20 }),
        (cut, back, size) => {
          const spoken = words.slice(0, cut).join('');
          const repeated = words.slice(cut - (back % (cut + 1)), cut).join('');
          fc.pre(repeated.trim().length >= 8 || repeated === '');
          const continuation = repeated + words.slice(cut).join('');
          expect((spoken + through(withoutOverlap(spoken), continuation, size)).trim()).toBe(sentence);
        },
      ),
    );
  });
});

describe('whole words', () => {
  test('are let through, and half a word is kept back until it is whole', () => {
    const words = wholeWords();
    expect(['It wi', 'll arr', 'ive', ' on Thu'].map(text => words.push(text))).toEqual([
      'It ',
      'will ',
      '',
      'arrive on ',
    ]);
    expect(words.flush()).toBe('Thu');
  });

  test('lose and change nothing, however the text is cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9 }), (text, size) => {
        expect(through(wholeWords(), text, size)).toBe(text);
      }),
    );
  });

  test('are not waited for in a script that writes no spaces', () => {
    expect(wholeWords().push('你的訂單已經寄出。明')).toBe('你的訂單已經寄出。明');
  });
});
