import type { Language } from '../../../../machines/flow.ts';
import { navigatorLanguage } from './languages/index.ts';
import type { NavigatorLanguage } from './languages/navigator-language.ts';
import { gatherDigits } from './numbers.ts';

/**
 * Turns what was said into words that can be compared: lower case, no punctuation, no accents, no fillers, numbers as
 * digits. A run of digits is one word that begins with `#`; in it `o` is a spoken "oh", which may be a zero or a sigh.
 */
export function toWords(text: string, language: Language = 'en'): string[] {
  const known = readerOf(navigatorLanguage(language));
  const words = known
    .markNegation(fold(text))
    .replace(/[^a-z0-9]+/g, ' ')
    .replace(/(\d)(?=[a-z])|([a-z])(?=\d)/g, '$1$2 ')
    .split(' ')
    .filter(word => word !== '' && !known.fillers.has(word));

  return gatherDigits(
    words.join(' ').replace(known.fillerPhrases, ' ').split(' ').filter(Boolean),
    known.numbers,
  );
}

/** The digits of a run, or null when `word` is no run. */
export function digitsOf(word: string): string | null {
  return word.startsWith('#') ? word.slice(1).replaceAll('o', '0') : null;
}

/** Lower case without accents and apostrophes: `Sí` and `si` are one. */
function fold(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/(\d),(?=\d{3})/g, '$1')
    .replace(/['’]|\p{M}/gu, '');
}

/** "Thank you very much", however much of it was said. */
const thanks = String.raw`(?:thank\b ?)+(?:you\b ?)?(?:(?:very|so) much\b)?`;

interface Reader {
  fillers: ReadonlySet<string>;
  fillerPhrases: RegExp;
  markNegation(text: string): string;
  numbers: NavigatorLanguage['numbers'];
}

const readers = new WeakMap<NavigatorLanguage, Reader>();

function readerOf(language: NavigatorLanguage): Reader {
  let reader = readers.get(language);
  if (!reader) {
    reader = makeReader(language);
    readers.set(language, reader);
  }
  return reader;
}

function makeReader({ words, numbers }: NavigatorLanguage): Reader {
  const phrases = words.fillers.filter(filler => filler.includes(' '));
  const { negation } = words;
  const negating =
    negation && new RegExp(String.raw`\b${negation.refusal} +(?=(?:${negation.before.join('|')})\b)`, 'g');
  return {
    fillers: new Set(words.fillers.filter(filler => !filler.includes(' '))),
    fillerPhrases: new RegExp(String.raw`\b(?:${[...phrases, thanks].join('|')})`, 'g'),
    markNegation: text => (negating ? text.replace(negating, `${negation.becomes} `) : text),
    numbers,
  };
}
