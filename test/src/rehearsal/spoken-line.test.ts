import { describe, expect, it } from 'vitest';
import { durationMs, isVoice, wordIn } from '../../../src/rehearsal/caller-audio.ts';
import { isWholePhrase, spokenLine, spokenMs } from '../../../src/rehearsal/spoken-line.ts';

const phrases = ['my order number is {orderNumber}', 'yes', "that's right"];

describe('a line as the caller says it', () => {
  it('holds each word once it has been said, without the punctuation around it', () => {
    const words = spokenLine('No, that’s 1024!').flatMap(piece => wordIn(piece) ?? []);
    expect(words).toEqual(['No', 'that’s', '1024']);
  });

  it('lasts as long as a person needs for it', () => {
    const ms = spokenLine('My order number is one zero two four').reduce((sum, p) => sum + durationMs(p), 0);
    expect(ms).toBeGreaterThan(2_000);
    expect(ms).toBeLessThan(3_500);
    expect(spokenMs('1024')).toBe(1_200);
  });

  it('has a silence where the caller hesitates, in which voice activity is done before it is over', () => {
    const [first, ...rest] = spokenLine('one … two').filter(piece => !isVoice(piece));
    expect([first, ...rest].map(piece => durationMs(piece as Buffer))).toEqual([200, 300]);
  });
});

describe('a whole phrase', () => {
  it.each(['My order number is one zero two four', 'my order number is 1024', 'Yes', 'thats right'])(
    'is %s',
    text => expect(isWholePhrase(text, phrases, 'en-US')).toBe(true),
  );

  it('is told in the language of the call', () => {
    expect(isWholePhrase('Sí, es el cuatro siete', ['si es el {number}'], 'es-MX')).toBe(true);
    expect(isWholePhrase('es el cuatro', ['es el {number}'], 'en-US')).toBe(false);
  });

  it.each(['my order number is', 'my order number', 'yes my order', ''])('is not %j', text =>
    expect(isWholePhrase(text, phrases, 'en-US')).toBe(false),
  );
});
