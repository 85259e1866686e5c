import type { Dictionary } from './dictionary.ts';
import type { Transition } from './sphinx-module.ts';

export interface Grammar {
  /** The same for the same phrases. */
  key: string;
  /** Word and pronunciation, variants as `word(2)`. */
  words: [string, string][];
  states: number;
  transitions: Transition[];
  /** What could not be used of the phrases, and why. */
  warnings: string[];
  /** Whether the text is one whole phrase. */
  accepts(text: string): boolean;
}

export const START = 0;
export const END = 1;
const FIRST_FREE_STATE = 2;

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const DIGIT_WORDS = ['oh', ...DIGITS];
const MAX_DIGITS = 12;
const DIGIT_SLOT = '{digits}';

const PHONES =
  'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH'.split(
    ' ',
  );
const PHONE_PREFIX = '_';

/**
 * What each sound costs, in nats, when speech is taken for none of the phrases. Cheaper, and phrases are thrown away;
 * dearer, and foreign speech is forced into a phrase. The first sounds cost more, for the sake of short words; all of
 * it at once would exceed the decoder's beam, and it would never look that way again.
 */
const FIRST_SOUNDS_COST = 45;
const FIRST_SOUNDS = 4;
const LATER_SOUNDS_COST = 9;
/** What each digit costs: strings of digits fit any speech, and a short digit slips in between two others. */
const DIGIT_COST = 20;

const LOG_BASE = Math.log(1.0001);

/** Sounds that stand for speech outside the phrases, as words of their own. */
export const garbageWords: [string, string][] = PHONES.map(phone => [garbageWord(phone), phone]);

export const digitWords: readonly string[] = DIGIT_WORDS;

/**
 * Compiles phrases into a network of words: `{slot}` places take one to twelve digits, and beside the phrases there is
 * a loop of sounds that catches everything else. Words that the dictionary does not know are left out of their phrase,
 * and phrases that lose half of their words are left out altogether.
 */
export function compileGrammar(phrases: readonly string[], dictionary: Dictionary): Grammar {
  const warnings: string[] = [];
  const known = new Map<string, string[]>();
  for (const word of DIGIT_WORDS) known.set(word, dictionary.pronunciations(word));

  const sequences = new Map<string, string[]>();
  for (const phrase of phrases) {
    const words = phraseWords(phrase);
    for (const word of words)
      if (word !== DIGIT_SLOT && !known.has(word)) known.set(word, dictionary.pronunciations(word));
    const usable = words.filter(word => word === DIGIT_SLOT || known.get(word)!.length > 0);
    const unknown = words.filter(word => !usable.includes(word));
    const isKept = usable.length > words.length / 2;
    if (isKept) sequences.set(usable.join(' '), usable);
    if (unknown.length > 0 || !isKept)
      warnings.push(
        `The phrase "${phrase}" is ${isKept ? 'heard without' : 'not listened for, as it lacks'} ` +
          `${unknown.map(word => `"${word}"`).join(', ') || 'any word'}: not in the pronouncing dictionary.`,
      );
  }

  const pattern = new RegExp(`^(?:${[...sequences.values()].map(toPattern).join('|') || '(?!)'})$`);
  return {
    key: [...sequences.keys()].sort().join('\n'),
    words: dictionaryEntries(known),
    ...toNetwork([...sequences.values()]),
    warnings,
    accepts: text => pattern.test(` ${text}`),
  };
}

/** Leaves the sounds of foreign speech out of what the decoder made out. */
export function withoutGarbage(hypothesis: string): string {
  return hypothesis
    .split(' ')
    .filter(word => word !== '' && !word.startsWith(PHONE_PREFIX))
    .join(' ');
}

function phraseWords(phrase: string): string[] {
  return phrase
    .toLowerCase()
    .replace(/\u2019/g, "'")
    .replace(/\{[^}]*\}/g, ` ${DIGIT_SLOT} `)
    .replace(/\d/g, digit => ` ${DIGITS[Number(digit)]} `)
    .split(/[^\p{L}'{}]+/u)
    .filter(word => word !== '');
}

/** With a space before every word, the first among them. */
function toPattern(words: string[]): string {
  return words
    .map(word => (word === DIGIT_SLOT ? `(?: (?:${DIGIT_WORDS.join('|')})){1,${MAX_DIGITS}}` : ` ${word}`))
    .join('');
}

function dictionaryEntries(known: Map<string, string[]>): [string, string][] {
  return [...known].flatMap(([word, pronunciations]) =>
    pronunciations.map((sounds, i): [string, string] => [i === 0 ? word : `${word}(${i + 1})`, sounds]),
  );
}

/** Phrases with the same beginning share it, so that a thousand phrases cost little more than their different ends. */
function toNetwork(sequences: string[][]): { states: number; transitions: Transition[] } {
  const transitions: Transition[] = [];
  const shared = new Map<string, number[]>();
  let states = FIRST_FREE_STATE;

  const connect = (from: number, to: number, word: string, costNats = 0) =>
    transitions.push({ from, to, word, logp: Math.round(-costNats / LOG_BASE) });

  const follow = (from: number[], word: string): number[] => {
    const path = `${from.join()} ${word}`;
    const known = shared.get(path);
    if (known) return known;

    const to: number[] = [];
    const words = word === DIGIT_SLOT ? DIGIT_WORDS : [word];
    const cost = word === DIGIT_SLOT ? DIGIT_COST : 0;
    let sources = from;
    for (let i = 0; i < (word === DIGIT_SLOT ? MAX_DIGITS : 1); i++) {
      const state = states++;
      for (const source of sources) for (const each of words) connect(source, state, each, cost);
      to.push(state);
      sources = [state];
    }
    shared.set(path, to);
    return to;
  };

  const ends = new Set(sequences.flatMap(words => words.reduce(follow, [START])));
  for (const end of ends) connect(end, END, '');

  let from = START;
  for (let i = 0; i < FIRST_SOUNDS; i++) {
    const to = states++;
    for (const phone of PHONES) connect(from, to, garbageWord(phone), FIRST_SOUNDS_COST);
    connect(to, END, '');
    from = to;
  }
  for (const phone of PHONES) connect(from, from, garbageWord(phone), LATER_SOUNDS_COST);
  return { states, transitions };
}

function garbageWord(phone: string): string {
  return PHONE_PREFIX + phone.toLowerCase();
}
