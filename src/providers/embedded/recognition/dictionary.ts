import { readFileSync } from 'node:fs';

/** The pronouncing dictionary, kept as one piece of text: as a map of 134,000 words it would take ten times the room. */
export class Dictionary {
  readonly #text: string;

  constructor(path: string) {
    this.#text = `\n${readFileSync(path, 'latin1')}`;
  }

  /** Pronunciations of a lower-case word, the usual one first; none when the word is not known. */
  pronunciations(word: string): string[] {
    const found: string[] = [];
    for (let variant = 1; ; variant++) {
      const entry = variant === 1 ? word : `${word}(${variant})`;
      const at = this.#text.indexOf(`\n${entry} `);
      if (at < 0) return found;
      const from = at + entry.length + 2;
      const to = this.#text.indexOf('\n', from);
      found.push(this.#text.slice(from, to < 0 ? undefined : to).trim());
    }
  }

  /** Those of the lower-case words that are not known; one pass over the text, however many they are. */
  lacking(words: readonly string[]): string[] {
    const lacking = new Set(words);
    const text = this.#text;
    for (let at = 1; at < text.length && lacking.size > 0; ) {
      const end = text.indexOf(' ', at);
      lacking.delete(text.slice(at, end < 0 ? undefined : end));
      const next = text.indexOf('\n', at);
      at = next < 0 ? text.length : next + 1;
    }
    return [...lacking];
  }
}
