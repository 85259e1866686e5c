import type { CountryCode } from 'libphonenumber-js';

/** How one language says what is written in digits and signs. */
export interface SpokenLanguage {
  signs: Readonly<
    Record<
      'at' | 'dot' | 'underscore' | 'dash' | 'plus' | 'slash' | 'minus' | 'percent' | 'and' | 'or',
      string
    >
  >;
  /** Zero to nine. */
  digits: readonly string[];
  /** Whose phone numbers are written without a country. */
  country: CountryCode;
  /** Between whole numbers and their fraction. */
  decimal: '.' | ',';
  number(value: number): string;
  /** The number has another form for each gender of the noun after it: then the voice knows better. */
  agreesWithNoun(value: number): boolean;
  /** Null for a currency that we have no words for. */
  money(value: number, symbol: string): string | null;
  /** `month` is 1 … 12. */
  date(year: number, month: number, day: number): string;
  /** Of the clock. `half` as it was written, a or p; null when it was not. */
  time(hour: number, minute: number, half: 'a' | 'p' | null): string;
  /** "3rd"; the first group is the number, the second its ending. */
  ordinals: RegExp;
  ordinal(value: number, ending: string): string | null;
}

/** What the locale puts between whole numbers and their fraction. */
export function decimalOf(tag: string): '.' | ',' {
  const parts = new Intl.NumberFormat(tag).formatToParts(1.5);
  return parts.some(({ type, value }) => type === 'decimal' && value === ',') ? ',' : '.';
}

export function monthName(tag: string, month: number): string {
  return new Date(Date.UTC(2000, month - 1, 1)).toLocaleString(tag, { month: 'long', timeZone: 'UTC' });
}

export function regionOf(tag: string): string | null {
  return new Intl.Locale(tag).region ?? null;
}
