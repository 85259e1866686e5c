const MAX_KEYTERMS = 50;
const MIN_KEYTERM_LETTERS = 4;
const MAX_SLOT_WORDS = 12;
const SLOT = /\{[^}]*\}/g;

/** Words that every recogniser knows and that tell nothing about what is being talked about. */
const common = new Set(
  `about after again also been before call could does doing done dont down find from give going good have having hear
  hello help here into just know like make many mind more much need next nope nothing okay only other over please
  really right said same should some something sorry still sure take talk tell than thank thanks that thats their them
  then there these they thing this those today very want wanted well were what whats when where which while will with
  would yeah your yours`.split(/\s+/),
);

/**
 * Words worth a hint to the recogniser: what the flow expects to hear, without its slots and everyday words. `always`
 * comes first; 50 at most, for every term costs accuracy elsewhere.
 */
export function keytermsOf(phrases: readonly string[], always: readonly string[] = []): string[] {
  const terms = new Map(always.map(term => [term.toLowerCase(), term]));
  for (const phrase of phrases)
    for (const word of phrase.replace(SLOT, ' ').match(/[\p{L}\p{N}'’-]+/gu) ?? []) {
      const key = word.toLowerCase();
      if (word.length >= MIN_KEYTERM_LETTERS && !common.has(key.replace(/['’]/g, '')) && !terms.has(key))
        terms.set(key, word);
    }
  return [...terms.values()].slice(0, MAX_KEYTERMS);
}

/** Says of words whether they are one whole expected phrase. A `{slot}` stands for one to twelve words. */
export function wholePhrase(phrases: readonly string[]): (text: string) => boolean {
  const expected = phrases.map(phrase => toWords(phrase.replace(SLOT, ' {} ')));
  return text => {
    const words = toWords(text);
    return words.length > 0 && expected.some(phrase => fits(phrase, 0, words, 0));
  };
}

function fits(phrase: readonly string[], i: number, words: readonly string[], j: number): boolean {
  if (i === phrase.length) return j === words.length;
  if (phrase[i] !== '{}') return phrase[i] === words[j] && fits(phrase, i + 1, words, j + 1);
  for (let taken = 1; taken <= MAX_SLOT_WORDS && j + taken <= words.length; taken++)
    if (fits(phrase, i + 1, words, j + taken)) return true;
  return false;
}

function toWords(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/['’]/g, '')
    .split(/[^\p{L}\p{M}\p{N}{}]+/u)
    .filter(Boolean);
}
