import { describe, expect, it } from 'vitest';
import { holdsWords } from '../../../src/scenarios/words.ts';

const heard = "I'm sorry, I can't reach the order records. Straße 5, señor!";

describe('words in what was heard', () => {
  it.each([
    'i cant reach',
    "I'm SORRY I can't",
    'records',
    'straße 5',
    'Señor',
    '/reach .* records/',
    '/SORRY/',
  ])('hold %s', wanted => expect(holdsWords(heard, wanted)).toBe(true));

  it.each(['record', 'sorry reach', '/sorry$/', '/SORRY/u'])('do not hold %s', wanted =>
    expect(holdsWords(heard, wanted)).toBe(false),
  );
});
