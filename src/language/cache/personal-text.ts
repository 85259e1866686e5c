import { MARKS, markText } from '../../console/redaction/marks.ts';
import { isNumber } from './normal-words.ts';
import { speechHabits } from './speech-habits.ts';

/** Letters one by one are a name that is spelled. */
const FEWEST_SPELLED = 3;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/**
 * Whether a caller's words, in their normal form, may say who they are: an e-mail address, a number of three digits or more
 * however it is said, a name that is told or spelled.
 */
export function saysWho(said: string, words: readonly string[], language: string): boolean {
  if (markText(said) !== said || markText(words.join(' ')) !== words.join(' ')) return true;
  const normal = ` ${words.join(' ')} `;
  const introduces = (speechHabits(language)?.introductions ?? []).some(phrase =>
    normal.includes(` ${phrase} `),
  );
  return introduces || isSpelled(words);
}

function isSpelled(words: readonly string[]): boolean {
  let run = 0;
  return words.some(word => {
    run = /^\p{L}$/u.test(word) ? run + 1 : 0;
    return run >= FEWEST_SPELLED;
  });
}

/**
 * Whether a reply tells a number of three digits or more, or an e-mail address, that the house does not tell everybody.
 * `house`: what the flow and the agent's instructions say to all callers.
 */
export function tellsNumberOfItsOwn(reply: string, house: string, language: string): boolean {
  const marked = markText(reply);
  if (reply.includes('@') || marked.includes(MARKS.email)) return true;
  if (marked === reply) return false;
  const known = new Set(wordsOf(house));
  return wordsOf(reply).some(word => isNumber(word, language) && !known.has(word));
}

/**
 * Whether a reply takes up something of `theirs` that may be a name or a number: a word with a capital that is neither the
 * house's nor a common one, or a number that the house does not name.
 */
export function takesUp(reply: string, theirs: readonly string[], house: string, language: string): boolean {
  const known = new Set([...wordsOf(house), ...(speechHabits(language)?.common ?? [])]);
  const said = new Set(theirs.flatMap(wordsOf));
  const capitals = new Set(theirs.flatMap(capitalsWithin));
  for (const [word] of reply.matchAll(WORD)) {
    const plain = fold(word);
    if (known.has(plain) || !said.has(plain)) continue;
    if (/^\p{Lu}/u.test(word) || capitals.has(plain)) return true;
    if (isNumber(plain, language)) return true;
  }
  return false;
}

/** Words with a capital that do not begin a sentence. */
function capitalsWithin(text: string): string[] {
  return [...text.matchAll(/[^\s.!?¡¿]\s+(\p{Lu}[\p{L}\p{M}]+)/gu)].map(([, word]) => fold(word as string));
}

export function wordsOf(text: string): string[] {
  return (text.match(WORD) ?? []).map(fold);
}

function fold(word: string): string {
  return word.toLowerCase().normalize('NFKC');
}
