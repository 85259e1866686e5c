/**
 * All that the navigator knows of one language. Words are written as they are compared: lower case, without accents,
 * apostrophes or punctuation, so that `sí` and `si` are one word wherever it comes from.
 */
export interface NavigatorLanguage {
  words: {
    /** Said in between, without meaning: "um", "please". Words or whole phrases. */
    fillers: readonly string[];
    /** So common that they tell little: articles, pronouns, auxiliaries. */
    light: readonly string[];
    /** They turn a sentence into its opposite. */
    negatives: readonly string[];
    /** An answer by itself, and often before a wish: "no, I want to talk to a person". */
    refusals: readonly string[];
    /** Where a refusal, without a comma after it, negates what follows: it becomes the word given. */
    negation?: { before: readonly string[]; refusal: string; becomes: string };
  };
  numbers: NumberWords;
  lines: NavigatorLines;
}

/** How numbers are said. Digits one by one, cardinals up to 999,999, and both in turn: "forty seven, one, one". */
export interface NumberWords {
  /** The value is `o` where the word may as well be a sigh: "oh". */
  zeros: Readonly<Record<string, '0' | 'o'>>;
  /** 1 … 9. */
  units: Readonly<Record<string, number>>;
  /** Below a hundred in one word: 10 … 19, and more in some languages. */
  whole: Readonly<Record<string, number>>;
  /** 20 … 90, before a unit or alone. */
  tens: Readonly<Record<string, number>>;
  /** 100 … 900 in one word. */
  hundreds: Readonly<Record<string, number>>;
  /** After what is counted: "four hundred". */
  hundred?: string;
  thousand: string;
  /** "mil" alone is a thousand; "thousand" alone is no number. */
  thousandAlone: boolean;
  /** Between tens and units, if anything, and after hundreds and thousands; may be left out. */
  joins: { tens?: string; hundreds?: string };
  /** "double four". */
  repeats: Readonly<Record<string, number>>;
}

/** What is said when the caller was not understood. */
export interface NavigatorLines {
  /** The first time, the second, and from then on. */
  apologies: readonly [string, string, string];
  keypad: string;
  /** At most two examples of what may be said. */
  examples(phrases: readonly string[]): string;
  person(phrase: string): string;
}
