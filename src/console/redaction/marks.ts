import { english } from '../../providers/embedded/navigator/languages/english.ts';
import type { NumberWords } from '../../providers/embedded/navigator/languages/navigator-language.ts';
import { spanish } from '../../providers/embedded/navigator/languages/spanish.ts';

/** What stands in the place of what is not shown. */
export const MARKS = {
  personal: '[personal]',
  digits: '[digits]',
  phone: '[phone]',
  email: '[email]',
  key: '•',
} as const;

/** Fewer in a row are a time, an amount of things, an age. */
const FEWEST_DIGITS = 3;
const FEWEST_OF_PHONE = 9;

const EMAIL = /[\p{L}\p{N}._%+-]+\s?(?:@|\(at\))\s?[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/giu;
/** "jane at example dot com", "juana arroba ejemplo punto es". */
const SPOKEN_EMAIL = /[\p{L}\p{N}._-]+ (?:at|arroba) [\p{L}\p{N}-]+(?: (?:dot|punto) [\p{L}\p{N}-]+)+/giu;
const TOKEN = /[\p{L}\p{M}]+|\p{Nd}+/gu;
const BETWEEN_DIGITS = /^[\s,.()/:+_*#-]*$/;

/** Replaces e-mail addresses, numbers of three digits or more, however they are said, and the personal values. */
export function markText(text: string, personal: readonly RegExp[] = []): string {
  const known = personal.reduce((marked, value) => marked.replace(value, MARKS.personal), text);
  return markNumbers(known.replace(EMAIL, MARKS.email).replace(SPOKEN_EMAIL, MARKS.email));
}

/** Finds a value as words of their own, however they are written. */
export function findingValue(value: string): RegExp {
  const words = value.trim().split(/\s+/).map(escapePattern);
  return new RegExp(`(?<![\\p{L}\\p{N}])${words.join('[\\s,.-]+')}(?![\\p{L}\\p{N}])`, 'giu');
}

interface Run {
  from: number;
  to: number;
  digits: number;
}

function markNumbers(text: string): string {
  let marked = '';
  let shown = 0;
  for (const { from, to, digits } of runsOf(text)) {
    if (digits < FEWEST_DIGITS) continue;
    const begin = text[from - 1] === '+' ? from - 1 : from;
    const isPhone = begin < from || digits >= FEWEST_OF_PHONE;
    marked += text.slice(shown, begin) + (isPhone ? MARKS.phone : MARKS.digits);
    shown = to;
  }
  return marked + text.slice(shown);
}

/** Numbers with nothing but spaces and signs, or an "and", between them. */
function runsOf(text: string): Run[] {
  const runs: Run[] = [];
  let run: Run | null = null;
  let afterTens = false;
  let join: number | null = null;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const to = index + token.length;
    const word = fold(token);
    const kind = /^\p{Nd}/u.test(token) ? 'figures' : WORDS.get(word);
    if (kind === undefined || kind === 'join') {
      // "And" belongs to the number only if that goes on after it.
      if (kind === 'join' && run && join === null && isBetween(text, run.to, index)) join = to;
      else run = null;
      continue;
    }
    if (run && !isBetween(text, join ?? run.to, index)) run = null;
    if (!run) {
      run = { from: index, to, digits: 0 };
      runs.push(run);
      afterTens = false;
    }
    run.digits += kind === 'figures' ? [...token].length : afterTens && kind === 1 ? 0 : kind;
    run.to = to;
    afterTens = kind === 2;
    join = null;
  }
  return runs;
}

function isBetween(text: string, from: number, to: number): boolean {
  return BETWEEN_DIGITS.test(text.slice(from, to));
}

/** How many digits a word stands for. */
const WORDS = new Map<string, number | 'join'>([english, spanish].flatMap(({ numbers }) => wordsOf(numbers)));

function wordsOf(numbers: NumberWords): [string, number | 'join'][] {
  const each = (words: object, digits: number) =>
    Object.keys(words).map(word => [word, digits] as [string, number]);
  const { joins, hundred, thousand } = numbers;
  return [
    ...[joins.tens, joins.hundreds].flatMap(word => (word ? [[word, 'join'] as [string, 'join']] : [])),
    ...each(numbers.zeros, 1),
    ...each(numbers.units, 1),
    ...each(numbers.repeats, 1),
    ...each(numbers.whole, 2),
    ...each(numbers.tens, 2),
    ...each(numbers.hundreds, 3),
    ...(hundred ? [[hundred, 3] as [string, number]] : []),
    [thousand, 3],
  ];
}

function fold(word: string): string {
  return word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
