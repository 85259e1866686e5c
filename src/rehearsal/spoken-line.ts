import { toWords } from '../providers/embedded/navigator/words.ts';
import { silentPiece, speakBriefly } from './caller-audio.ts';
import { HANG_OVER_MS } from './text-ears.ts';

/** An unhurried caller: some three words a second, a digit in 300 ms. */
const MS_PER_LETTER = 60;
const MS_PER_WORD = 100;
const SHORTEST_WORD_MS = 200;
const MS_PER_DIGIT = 300;
/** How long `…` in a line is. */
const HESITATION_MS = 500;
const GRAIN_MS = 20;

/** A line as the caller says it. `…` or `...` is a short hesitation. */
export function spokenLine(text: string): Buffer[] {
  const parts = text.split(/…|\.\.\./);
  return parts.flatMap((part, index) => {
    const words = wordsOf(part).map(word => ({ word, ms: wordMs(word) }));
    const pieces = words.length > 0 ? speakBriefly(words) : [];
    return index === 0 ? pieces : [...hesitation, ...pieces];
  });
}

/** As voice activity sees it: it has noticed the silence before it is over. */
const hesitation = [silentPiece(HANG_OVER_MS), silentPiece(HESITATION_MS - HANG_OVER_MS)];

/** How long the caller takes to say a line, in milliseconds. */
export function spokenMs(text: string): number {
  return wordsOf(text).reduce((sum, word) => sum + wordMs(word), 0);
}

/** Whether the words are a whole one of the phrases, in which `{name}` stands for digits. `tag` is BCP-47. */
export function isWholePhrase(text: string, phrases: readonly string[], tag: string): boolean {
  const language = tag.split('-')[0] as string;
  let keys = known.get(phrases);
  if (!keys) {
    keys = new Set(phrases.map(phrase => phraseKey(phrase, language)));
    known.set(phrases, keys);
  }
  return keys.has(keyOf(text, language));
}

/** A call has one language, and phrases of its own. */
const known = new WeakMap<readonly string[], ReadonlySet<string>>();
const phraseKeys = new Map<string, string>();

function phraseKey(phrase: string, language: string): string {
  const place = `${language} ${phrase}`;
  let key = phraseKeys.get(place);
  if (key === undefined) {
    key = keyOf(phrase.replace(/\{\w+\}/g, ' 0 '), language);
    phraseKeys.set(place, key);
  }
  return key;
}

/** Alike for all that say the same but for the digits. */
function keyOf(text: string, language: string): string {
  return toWords(text, language)
    .map(word => (word.startsWith('#') ? '#' : word))
    .join(' ');
}

function wordsOf(text: string): string[] {
  return text
    .split(/\s+/)
    .map(word => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''))
    .filter(Boolean);
}

function wordMs(word: string): number {
  const digits = word.match(/\p{N}/gu)?.length ?? 0;
  const letters = word.length - digits;
  const ms = digits * MS_PER_DIGIT + (letters > 0 ? MS_PER_WORD + letters * MS_PER_LETTER : 0);
  return Math.ceil(Math.max(SHORTEST_WORD_MS, ms) / GRAIN_MS) * GRAIN_MS;
}
