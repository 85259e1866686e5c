import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Dictionary } from '../../../../../src/providers/embedded/recognition/dictionary.ts';
import { compileGrammar, END, START } from '../../../../../src/providers/embedded/recognition/grammar.ts';

const ENTRIES = `a AH
a(2) EY
again AH G EH N
again(2) AH G EY N
eight EY T
five F AY V
four F AO R
is IH Z
it IH T
my M AY
nine N AY N
no N OW
number N AH M B ER
oh OW
one W AH N
please P L IY Z
say S EY
seven S EH V AH N
six S IH K S
three TH R IY
two T UW
yes Y EH S
zero Z IH R OW
`;

describe('a grammar of phrases', () => {
  let folder: string;
  let dictionary: Dictionary;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'grammar-'));
    await writeFile(join(folder, 'dictionary'), ENTRIES);
    dictionary = new Dictionary(join(folder, 'dictionary'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('knows a whole phrase from a part of one and from two', () => {
    const { accepts } = compileGrammar(['yes', 'yes please', 'say it again'], dictionary);
    for (const text of ['yes', 'yes please', 'say it again']) expect(accepts(text), text).toBe(true);
    for (const text of ['', 'say it', 'please', 'yes yes', 'again']) expect(accepts(text), text).toBe(false);
  });

  test('takes one to twelve digits in a place, with zero or oh', () => {
    const { accepts } = compileGrammar(['my number is {order}', '{digits} please'], dictionary);
    expect(accepts('my number is')).toBe(false);
    expect(accepts('my number is four')).toBe(true);
    expect(accepts(`my number is ${'oh zero '.repeat(6).trim()}`)).toBe(true);
    expect(accepts(`my number is ${'nine '.repeat(13).trim()}`)).toBe(false);
    expect(accepts('one two please')).toBe(true);
  });

  test('its network walks the phrases it accepts to the end, and no others', () => {
    const grammar = compileGrammar(
      ['yes', 'yes please', 'my number is {order}', '{order} please'],
      dictionary,
    );
    const walk = (text: string) => {
      let states = new Set([START]);
      for (const word of text.split(' '))
        states = new Set(
          grammar.transitions.filter(t => states.has(t.from) && t.word === word).map(t => t.to),
        );
      return grammar.transitions.some(t => states.has(t.from) && t.word === '' && t.to === END);
    };
    const digits = (count: number) => Array(count).fill('two').join(' ');
    const texts = ['yes', 'yes please', 'please', 'my number is', 'two please', 'two', 'yes yes'];
    for (const count of [1, 2, 12, 13])
      texts.push(`my number is ${digits(count)}`, `${digits(count)} please`);
    for (const text of texts) expect(walk(text), text).toBe(grammar.accepts(text));
  });

  test('reads phrases as people write them', () => {
    const { accepts, warnings } = compileGrammar(['Yes, please!', 'say 4 again', '  '], dictionary);
    expect(accepts('yes please')).toBe(true);
    expect(accepts('say four again')).toBe(true);
    expect(warnings).toEqual([
      'The phrase "  " is not listened for, as it lacks any word: not in the pronouncing dictionary.',
    ]);
  });

  test('leaves out unknown words, and phrases that are mostly unknown, and says so', () => {
    const { accepts, warnings } = compileGrammar(['say it zyx again', 'zyx please'], dictionary);
    expect(accepts('say it again')).toBe(true);
    expect(accepts('please')).toBe(false);
    expect(warnings).toEqual([
      'The phrase "say it zyx again" is heard without "zyx": not in the pronouncing dictionary.',
      'The phrase "zyx please" is not listened for, as it lacks "zyx": not in the pronouncing dictionary.',
    ]);
  });

  test('takes every pronunciation along, and shares beginnings', () => {
    const { words, transitions } = compileGrammar(['say it again', 'say it please'], dictionary);
    expect(words).toContainEqual(['again', 'AH G EH N']);
    expect(words).toContainEqual(['again(2)', 'AH G EY N']);
    expect(transitions.filter(({ word }) => word === 'it')).toHaveLength(1);
  });

  test('is the same for the same phrases in another order', () => {
    const one = compileGrammar(['yes', 'no'], dictionary);
    expect(compileGrammar(['no', 'yes', 'yes'], dictionary).key).toBe(one.key);
    expect(compileGrammar(['no'], dictionary).key).not.toBe(one.key);
    expect(compileGrammar([], dictionary).accepts('')).toBe(false);
  });
});
