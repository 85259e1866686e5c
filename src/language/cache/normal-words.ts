import { navigatorLanguage } from '../../providers/embedded/navigator/languages/index.ts';
import { type SpeechHabits, speechHabits } from './speech-habits.ts';

/** Numbers stay as they are written, with what is inside them; a sign of money or a percent is a word. */
const TOKEN =
  /(?<![\p{L}\p{N}])[+-]\p{Nd}+(?:[.,:/⁄]\p{Nd}+)*|\p{Nd}+(?:[.,:/⁄]\p{Nd}+)*|[\p{Sc}%]|[\p{L}\p{M}]+(?:'[\p{L}\p{M}]+)*|\p{N}/gu;
/** So few words are left of a question at least when what leads up to it is taken away. */
const FEWEST_WORDS = 2;

/**
 * What was said, as it is compared: NFKC, lower case, no punctuation, short forms written out, without hesitation, greeting,
 * courtesy and stutter. Nothing else is taken away; numbers, negations and the order of words stay. Saying it again changes
 * nothing.
 */
export function normalWords(text: string, language: string): string[] {
  const habits = speechHabits(language);
  // Letters of other shapes have to be plain before they have a lower case, and some lower cases are in pieces.
  const plain = text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/[’‘`´ʼ]/g, "'");
  let words: string[] = plain.match(TOKEN) ?? [];
  if (!habits) return words;
  // What is taken away brings others together.
  for (let before = ''; before !== words.join(' '); ) {
    before = words.join(' ');
    words = withoutStutter(
      withoutLeadIn(withoutFillers(writtenOut(words, habits), habits), habits),
      language,
    );
  }
  return words;
}

function writtenOut(words: readonly string[], { contractions }: SpeechHabits): string[] {
  return words.flatMap(word => (Object.hasOwn(contractions, word) ? contractions[word]!.split(' ') : word));
}

function withoutFillers(words: readonly string[], { fillers }: SpeechHabits): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; ) {
    const length = longestAt(words, at, fillers);
    if (length === 0) kept.push(words[at]!);
    at += length || 1;
  }
  return kept;
}

function withoutLeadIn(words: string[], { leadIns }: SpeechHabits): string[] {
  const length = longestAt(words, 0, leadIns);
  return words.length - length >= FEWEST_WORDS ? words.slice(length) : words;
}

/** How many words the longest of the phrases has that begins here; 0 for none. */
function longestAt(words: readonly string[], at: number, phrases: readonly string[]): number {
  const beginning = byFirstWord(phrases).get(words[at]!) ?? [];
  return beginning.find(parts => parts.every((part, i) => words[at + i] === part))?.length ?? 0;
}

const indexes = new WeakMap<readonly string[], Map<string, string[][]>>();

/** The longest first. */
function byFirstWord(phrases: readonly string[]): Map<string, string[][]> {
  let index = indexes.get(phrases);
  if (!index) {
    index = new Map();
    const split = phrases.map(phrase => phrase.split(' ')).sort((one, other) => other.length - one.length);
    for (const parts of split) index.set(parts[0]!, [...(index.get(parts[0]!) ?? []), parts]);
    indexes.set(phrases, index);
  }
  return index;
}

/** "When when are you open". Numbers are never taken for a stutter: "four four" is not "four". */
function withoutStutter(words: readonly string[], language: string): string[] {
  return words.filter((word, at) => word !== words[at - 1] || isNumber(word, language));
}

export function isNumber(word: string, language: string): boolean {
  if (/\p{N}/u.test(word)) return true;
  const { zeros, units, whole, tens, hundreds, hundred, thousand } = navigatorLanguage(
    language.split('-')[0] as string,
  ).numbers;
  const plain = word.normalize('NFD').replace(/\p{M}/gu, '');
  if (plain === hundred || plain === thousand) return true;
  return [zeros, units, whole, tens, hundreds].some(words => Object.hasOwn(words, plain));
}
