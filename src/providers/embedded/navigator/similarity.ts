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

/** The most that `compare` can find, from lengths alone. */
export function mostAlike(said: readonly string[], phrase: PhraseWords): number {
  const [one, other] = [weightOf(said), weightOf(phrase)];
  return one + other === 0 ? 0 : (2 * Math.min(one, other)) / (one + other);
}

/** Weighs the words common to both, in order, against all words of both (Dice's coefficient). */
export function compare(said: readonly string[], phrase: PhraseWords, fits: Fits): Likeness {
  const common = longestCommon(said, phrase, fits);
  const whole = weightOf(said) + weightOf(phrase);
  const dice = whole === 0 ? 0 : (2 * common.weight) / whole;
  const differs = isNegative(said) !== isNegative(phrase) || hasUnusedDigits(said, phrase);
  return {
    score: differs ? dice * 0.6 : dice,
    facts: common.facts,
    sharesMeaning: common.sharesMeaning,
  };
}

const light = new Set(
  `a an the this that thats it its is are was be am i im id ill ive me my you your youre we our us to of for in on at by
  with and or do does did can could will would should may let lets get have has had want wanna need like know there here
  what whats when how which if then now hello hi hey good morning afternoon evening some any about`.split(
    /\s+/,
  ),
);

const negatives = new Set(
  'not dont doesnt didnt isnt arent wasnt never cant cannot couldnt wont wouldnt'.split(' '),
);

/** An answer by itself, and often before a wish: "no, I want to talk to a person". */
const refusals = new Set(['no', 'nope']);

const weights = { light: 0.15, meaning: 1, digits: 1.5, negative: 1.5 } as const;
/** What a word counts that is one letter off. */
const NEARLY = 0.8;

function weigh(word: string): number {
  if (isSlot(word) || digitsOf(word) !== null) return weights.digits;
  if (negatives.has(word) || refusals.has(word)) return weights.negative;
  return light.has(word) ? weights.light : weights.meaning;
}

function weightOf(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + weigh(word), 0);
}

export function isSlot(word: string): boolean {
  return word.startsWith('{');
}

function isNegative(words: readonly string[]): boolean {
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

function longestCommon(said: readonly string[], phrase: PhraseWords, fits: Fits): Common {
  const none: Common = { weight: 0, facts: {}, sharesMeaning: false };
  let above: Common[] = Array(phrase.length + 1).fill(none);
  for (const word of said) {
    const row: Common[] = [none];
    phrase.forEach((expected, at) => {
      const skipped = heavier(above[at + 1]!, row[at]!);
      const shared = likenessOfWords(word, expected, fits);
      row.push(shared === 0 ? skipped : heavier(extend(above[at]!, word, expected, shared), skipped));
    });
    above = row;
  }
  return above[phrase.length]!;
}

function extend(common: Common, word: string, expected: string, shared: number): Common {
  return {
    weight: common.weight + shared * weigh(expected),
    facts: isSlot(expected) ? { ...common.facts, [expected.slice(1, -1)]: word.slice(1) } : common.facts,
    sharesMeaning: common.sharesMeaning || weigh(expected) >= weights.meaning,
  };
}

function heavier(one: Common, other: Common): Common {
  return one.weight >= other.weight ? one : other;
}

function likenessOfWords(word: string, expected: string, fits: Fits): number {
  if (isSlot(expected)) return word.startsWith('#') && fits(expected.slice(1, -1), word.slice(1)) ? 1 : 0;
  if (word === expected) return 1;
  return isNearly(word, expected) ? NEARLY : 0;
}

/** One letter more, less or other, but not the first: "hour" is nearly "hours", "incorrect" is not "correct". */
function isNearly(word: string, expected: string): boolean {
  const [short, long] = word.length <= expected.length ? [word, expected] : [expected, word];
  if (short.length < 4 || long.length < 5 || long.length - short.length > 1 || short[0] !== long[0])
    return false;
  if (weigh(word) !== weigh(expected)) return false;

  let at = 0;
  while (at < short.length && short[at] === long[at]) at++;
  const rest = short.length === long.length ? at + 1 : at;
  return short.slice(rest) === long.slice(at + 1);
}
