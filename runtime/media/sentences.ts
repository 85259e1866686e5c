/** A sentence ends at punctuation followed by space; not after these, nor inside a number. */
const ABBREVIATIONS =
  /(?:^|[\s¿¡(])(?:mr|mrs|ms|dr|prof|st|vs|etc|no|e\.g|i\.e|a\.m|p\.m|sra?|srta|dra|ud|uds|núm|p\.\s?ej|[ap]\.\s?m|[ap])\.$/i;
const SENTENCE_END = /[.!?…:;]["')\]]*(?=\s)/g;
/** A clause is spoken by itself once it is this long: waiting for the full stop would cost the caller time. */
const LONG_CLAUSE_CHARS = 120;

/** Cuts streamed text into pieces that can be spoken by themselves, as early as that is safe. */
export class SentenceSplitter {
  #text = '';

  /** The sentences that `text` completes. */
  push(text: string): string[] {
    this.#text += text;
    const sentences: string[] = [];
    for (let end = this.#nextEnd(); end > 0; end = this.#nextEnd()) {
      const sentence = this.#text.slice(0, end).trim();
      this.#text = this.#text.slice(end);
      if (sentence) sentences.push(sentence);
    }
    return sentences;
  }

  /** What is left when the text is over. */
  flush(): string[] {
    const rest = this.#text.trim();
    this.#text = '';
    return rest ? [rest] : [];
  }

  #nextEnd(): number {
    SENTENCE_END.lastIndex = 0;
    for (let match = SENTENCE_END.exec(this.#text); match; match = SENTENCE_END.exec(this.#text)) {
      const end = match.index + match[0].length;
      if (!ABBREVIATIONS.test(this.#text.slice(0, match.index + 1))) return end;
    }
    if (this.#text.length < LONG_CLAUSE_CHARS) return 0;
    const comma = this.#text.lastIndexOf(', ');
    return comma > 0 ? comma + 1 : 0;
  }
}
