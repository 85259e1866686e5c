/** The service takes 500; more than a few hundred make it slower to begin. */
const MAX_PHRASES = 200;
const MIN_LETTERS = 3;
const SLOT = /\{[^}]*\}/;

/** What the flow expects, as the service's phrase list: whole phrases, cut at their slots. `always` comes first. */
export function phraseListOf(phrases: readonly string[], always: readonly string[] = []): string[] {
  const list = new Map(always.map(phrase => [phrase.toLowerCase(), phrase]));
  for (const phrase of phrases)
    for (const piece of phrase.split(SLOT)) {
      const text = piece.replace(/\s+/g, ' ').trim();
      const letters = text.match(/\p{L}/gu)?.length ?? 0;
      // One sign of Chinese or Japanese is a word.
      const isWord =
        letters >= MIN_LETTERS || /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/u.test(text);
      if (isWord && !list.has(text.toLowerCase())) list.set(text.toLowerCase(), text);
    }
  return [...list.values()].slice(0, MAX_PHRASES);
}
