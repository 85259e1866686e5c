import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heardText, type SpokenSentence, unheardSentences } from '../../../runtime/media/heard-text.ts';

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const sentence = fc.array(word, { minLength: 1, maxLength: 8 }).map(words => `${words.join(' ')}.`);

/** Sentences one behind the other, at so many bytes a letter; the last may still be spoken. */
const spoken: fc.Arbitrary<SpokenSentence[]> = fc
  .record({
    texts: fc.array(sentence, { minLength: 1, maxLength: 5 }),
    bytesPerLetter: fc.integer({ min: 1, max: 700 }),
    isOpen: fc.boolean(),
  })
  .map(({ texts, bytesPerLetter, isOpen }) => {
    let at = 0;
    return texts.map((text, i) => {
      const fromByte = at;
      at += text.length * bytesPerLetter;
      return { text, fromByte, toByte: isOpen && i === texts.length - 1 ? null : at };
    });
  });

const end = (sentences: readonly SpokenSentence[]) =>
  Math.max(...sentences.map(({ fromByte, toByte }) => toByte ?? fromByte));

describe('what the caller heard', () => {
  it('is all of it when all of it was played, and nothing when nothing was', () => {
    fc.assert(
      fc.property(spoken, sentences => {
        const whole = sentences.filter(({ toByte }) => toByte !== null);
        expect(heardText(sentences, end(sentences))).toBe(whole.map(({ text }) => text).join(' '));
        expect(heardText(sentences, 0)).toBe('');
      }),
    );
  });

  it('is a beginning of what was said, in whole words, and grows with what was played', () => {
    fc.assert(
      fc.property(spoken, fc.nat(), fc.nat(), (sentences, a, b) => {
        const [less, more] = [a, b].map(n => n % (end(sentences) + 1)).sort((x, y) => x - y) as [
          number,
          number,
        ];
        const said = sentences.map(({ text }) => text).join(' ');
        const heard = heardText(sentences, less);
        expect(said.startsWith(heard)).toBe(true);
        expect(['', ' ', undefined]).toContain(heard === '' ? '' : said[heard.length]);
        expect(heardText(sentences, more).startsWith(heard)).toBe(true);
      }),
    );
  });

  it('covers no more sound than was played', () => {
    fc.assert(
      fc.property(spoken, fc.nat(), (sentences, n) => {
        const heardBytes = n % (end(sentences) + 1);
        let left = heardText(sentences, heardBytes);
        let sound = 0;
        for (const { text, fromByte, toByte } of sentences) {
          const part = left.slice(0, text.length);
          left = left.slice(text.length + 1);
          if (part && toByte !== null) sound += ((toByte - fromByte) * part.length) / text.length;
        }
        expect(sound).toBeLessThanOrEqual(heardBytes + 1e-6);
      }),
    );
  });

  it('leaves unheard every sentence that was not heard to its end', () => {
    fc.assert(
      fc.property(spoken, fc.nat(), (sentences, n) => {
        const heardBytes = n % (end(sentences) + 1);
        const unheard = unheardSentences(sentences, heardBytes);
        const heardWhole = sentences.slice(0, sentences.length - unheard.length);
        expect([...heardWhole.map(({ text }) => text), ...unheard]).toEqual(
          sentences.map(({ text }) => text),
        );
        expect(
          heardText(sentences, heardBytes).startsWith(heardWhole.map(({ text }) => text).join(' ')),
        ).toBe(true);
      }),
    );
  });
});
