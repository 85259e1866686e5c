import type { Language } from '../../../../machines/flow.ts';
import { navigatorLanguage } from './languages/index.ts';
import { digitsOf } from './words.ts';

/** A phrase of a choice, as words; a slot stands as `{name}`. */
export type PhraseWords = readonly string[];

/** How alike what was said and a phrase are, and what the phrase's slots caught. */
export interface Likeness {
  /** 0 … 1; 1 only when every word is the same. */
  score: number;
  facts: Record<string, string>;
  /** A word that carries meaning is in both. */
  sharesMeaning: boolean;
}

/** Whether a slot takes these digits. */
export type Fits = (slot: string, run: string) => boolean;

/** The most that `compare` can find, from the weights of both alone. */
export function mostAlike(one: number, other: number): number {
  return one + other === 0 ? 0 : (2 * Math.min(one, other)) / (one + other);
}

/** What the words tell, all together. */
export function weightIn(language: Language, words: readonly string[]): number {
  return weightOf(words, weighingOf(language));
}

/** Weighs the words common to both, in order, against all words of both (Dice's coefficient). */
export function compare(
  said: readonly string[],
  phrase: PhraseWords,
  fits: Fits,
  language: Language = 'en',
): Likeness {
  const weighing = weighingOf(language);
  const common = longestCommon(said, phrase, fits, weighing);
  const whole = weightOf(said, weighing) + weightOf(phrase, weighing);
  const dice = whole === 0 ? 0 : (2 * common.weight) / whole;
  const differs =
    isNegative(said, weighing) !== isNegative(phrase, weighing) || hasUnusedDigits(said, phrase);
  return {
    score: differs ? dice * 0.6 : dice,
    facts: common.facts,
    sharesMeaning: common.sharesMeaning,
  };
}

const weights = { light: 0.15, meaning: 1, digits: 1.5, negative: 1.5 } as const;
/** What a word counts that is one letter off. */
const NEARLY = 0.8;

/** The words of one language that count for more or less than others. */
interface Weighing {
  light: ReadonlySet<string>;
  negatives: ReadonlySet<string>;
  refusals: ReadonlySet<string>;
}

const weighings = new Map<Language, Weighing>();

function weighingOf(language: Language): Weighing {
  let weighing = weighings.get(language);
  if (!weighing) {
    const { light, negatives, refusals } = navigatorLanguage(language).words;
    weighing = { light: new Set(light), negatives: new Set(negatives), refusals: new Set(refusals) };
    weighings.set(language, weighing);
  }
  return weighing;
}

function weigh(word: string, { light, negatives, refusals }: Weighing): number {
  if (isSlot(word) || digitsOf(word) !== null) return weights.digits;
  if (negatives.has(word) || refusals.has(word)) return weights.negative;
  return light.has(word) ? weights.light : weights.meaning;
}

function weightOf(words: readonly string[], weighing: Weighing): number {
  return words.reduce((sum, word) => sum + weigh(word, weighing), 0);
}

export function isSlot(word: string): boolean {
  return word.startsWith('{');
}

function isNegative(words: readonly string[], { negatives }: Weighing): boolean {
  return words.some(word => negatives.has(word));
}

/** A number said and left unused means that the caller meant something else. */
function hasUnusedDigits(said: readonly string[], phrase: PhraseWords): boolean {
  return (
    said.some(word => digitsOf(word) !== null) &&
    !phrase.some(word => isSlot(word) || digitsOf(word) !== null)
  );
}

interface Common {
  weight: number;
  facts: Record<string, string>;
  sharesMeaning: boolean;
}

function longestCommon(said: readonly string[], phrase: PhraseWords, fits: Fits, weighing: Weighing): Common {
  const none: Common = { weight: 0, facts: {}, sharesMeaning: false };
  let above: Common[] = Array(phrase.length + 1).fill(none);
  for (const word of said) {
    const row: Common[] = [none];
    phrase.forEach((expected, at) => {
      const skipped = heavier(above[at + 1]!, row[at]!);
      const shared = likenessOfWords(word, expected, fits, weighing);
      row.push(
        shared === 0
          ? skipped
          : heavier(extend(above[at]!, word, expected, shared, weigh(expected, weighing)), skipped),
      );
    });
    above = row;
  }
  return above[phrase.length]!;
}

function extend(common: Common, word: string, expected: string, shared: number, weight: number): Common {
  return {
    weight: common.weight + shared * weight,
    facts: isSlot(expected) ? { ...common.facts, [expected.slice(1, -1)]: word.slice(1) } : common.facts,
    sharesMeaning: common.sharesMeaning || weight >= weights.meaning,
  };
}

function heavier(one: Common, other: Common): Common {
  return one.weight >= other.weight ? one : other;
}

function likenessOfWords(word: string, expected: string, fits: Fits, weighing: Weighing): number {
  if (isSlot(expected)) return word.startsWith('#') && fits(expected.slice(1, -1), word.slice(1)) ? 1 : 0;
  if (word === expected) return 1;
  return isNearly(word, expected) && weigh(word, weighing) === weigh(expected, weighing) ? NEARLY : 0;
}

/** One letter more, less or other, but not the first: "hour" is nearly "hours", "incorrect" is not "correct". */
function isNearly(word: string, expected: string): boolean {
  const [short, long] = word.length <= expected.length ? [word, expected] : [expected, word];
  if (short.length < 4 || long.length < 5 || long.length - short.length > 1 || short[0] !== long[0])
    return false;

  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  const rest = short.length === long.length ? at + 1 : at;
  return short.slice(rest) === long.slice(at + 1);
}
