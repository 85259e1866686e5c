import { findPhoneNumbersInText } from 'libphonenumber-js';
import removeMarkdown from 'remove-markdown';
import { spokenLanguage } from './languages/index.ts';
import type { SpokenLanguage } from './languages/spoken-language.ts';

/** Puts text into the form in which it is said. Nothing to be said is left out, and nothing is added. */
type Reading = (text: string, language: SpokenLanguage) => string;

/** The order matters: what is longer and more certain is read first, so that bare numbers are what remains. */
const readings: readonly Reading[] = [
  readMarkdown,
  readEmails,
  readUrls,
  readPhoneNumbers,
  readMoney,
  readIsoDates,
  readTimes,
  readPercentages,
  readOrdinals,
  readNumbers,
  readSymbols,
];

/** Text as a voice should read it. Languages without rules of ours only lose their Markdown. */
export function toSpeakable(text: string, language: string): string {
  const known = spokenLanguage(language);
  const spoken = known ? readings.reduce((read, reading) => reading(read, known), text) : readMarkdown(text);
  return spoken.replace(/\s+/g, ' ').trim();
}

function readMarkdown(text: string): string {
  return removeMarkdown(text, { stripListLeaders: true, gfm: true, useImgAltText: true })
    .replace(/[*_`~#|]+(?=\s|$)|(?<=^|\s)[*_`~#|]+/g, ' ')
    .replace(/\p{Extended_Pictographic}\uFE0F?/gu, ' ');
}

function readEmails(text: string, { signs }: SpokenLanguage): string {
  return text.replace(/\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b/g, (_, user: string, host: string) => {
    return `${sayAddress(user, signs)} ${signs.at} ${sayAddress(host, signs)}`;
  });
}

function readUrls(text: string, { signs }: SpokenLanguage): string {
  return text.replace(
    /\bhttps?:\/\/(?:www\.)?([\w.-]+)(\/[\w./-]*)?(?:[?#]\S*)?/g,
    (_, host: string, path = '') => {
      const pathSaid = path === '/' ? '' : path.replaceAll('/', ` ${signs.slash} `);
      return `${sayAddress(host, signs)}${pathSaid}`;
    },
  );
}

function sayAddress(part: string, signs: SpokenLanguage['signs']): string {
  return part
    .replaceAll('.', ` ${signs.dot} `)
    .replaceAll('_', ` ${signs.underscore} `)
    .replaceAll('-', ` ${signs.dash} `)
    .replaceAll('+', ` ${signs.plus} `);
}

/** Digit by digit, in the groups that people write. */
function readPhoneNumbers(text: string, language: SpokenLanguage): string {
  let read = text;
  for (const { number, startsAt, endsAt } of findPhoneNumbersInText(text, language.country).reverse()) {
    const written = text.slice(startsAt, endsAt);
    const isInternational = written.startsWith('+');
    const groups =
      (isInternational ? number.formatInternational() : number.formatNational()).match(/\d+/g) ?? [];
    const digits = groups.map(group => sayDigits(group, language)).join(', ');
    const plus = isInternational ? `${language.signs.plus} ` : '';
    read = `${read.slice(0, startsAt)}${plus}${digits}${read.slice(endsAt)}`;
  }
  return read;
}

function sayDigits(written: string, { digits }: SpokenLanguage): string {
  return [...written].map(digit => digits[Number(digit)]).join(' ');
}

/** `$12.50`, and `12,50 €`. */
function readMoney(text: string, language: SpokenLanguage): string {
  const say = (written: string, symbol: string, amount: string) => {
    const value = toNumber(amount, language);
    return (value === null ? null : language.money(value, symbol)) ?? written;
  };
  return text
    .replace(/([$£€])\s?(\d+(?:[.,]\d+)*)(?!\d)/g, (written, symbol: string, amount: string) =>
      say(written, symbol, amount),
    )
    .replace(/(?<![\w.,])(\d+(?:[.,]\d+)*)\s?([$£€])/g, (written, amount: string, symbol: string) =>
      say(written, symbol, amount),
    );
}

/** 2026-11-21 is "November twenty first, twenty twenty six". */
function readIsoDates(text: string, language: SpokenLanguage): string {
  return text.replace(/\b(\d{4})-(\d{2})-(\d{2})\b/g, (written, year: string, month: string, day: string) => {
    const date = new Date(`${written}T00:00:00Z`);
    if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return written;
    return language.date(Number(year), Number(month), Number(day));
  });
}

function readTimes(text: string, language: SpokenLanguage): string {
  return text.replace(
    /\b([01]?\d|2[0-3]):([0-5]\d)(?:\s?([ap])(?:m|\.\s?m\.)(?=\W|$))?/gi,
    (_, hour: string, minute: string, half?: string) =>
      language.time(Number(hour), Number(minute), (half?.toLowerCase() as 'a' | 'p' | undefined) ?? null),
  );
}

function readPercentages(text: string, language: SpokenLanguage): string {
  return text.replace(/(\d+(?:[.,]\d+)*)\s?%/g, (written, amount: string) => {
    const value = toNumber(amount, language);
    return value === null ? written : `${language.number(value)} ${language.signs.percent}`;
  });
}

function readOrdinals(text: string, language: SpokenLanguage): string {
  return text.replace(
    language.ordinals,
    (written, value: string, ending: string) => language.ordinal(Number(value), ending) ?? written,
  );
}

/** Codes (a leading zero, more than nine digits, single digits apart) are left to be read as digits. */
function readNumbers(text: string, language: SpokenLanguage): string {
  return text.replace(
    /(?<![\w.,])-?\d+(?:[.,]\d+)*(?![\w]|[.,]\d)(\s+\p{Ll})?/gu,
    (whole, noun: string | undefined) => {
      const next = noun ?? '';
      const written = whole.slice(0, whole.length - next.length);
      const digits = written.replace(/[^\d]/g, '');
      if (/^-?0\d/.test(written) || digits.length > 9) return sayDigits(digits, language) + next;
      const value = toNumber(written.replace('-', ''), language);
      if (value === null || (next && language.agreesWithNoun(value))) return whole;
      return `${written.startsWith('-') ? `${language.signs.minus} ` : ''}${language.number(value)}${next}`;
    },
  );
}

function readSymbols(text: string, { signs }: SpokenLanguage): string {
  return text
    .replace(/\s?&\s?/g, ` ${signs.and} `)
    .replace(/\s\/\s/g, ` ${signs.or} `)
    .replace(/[–—]/g, ', ')
    .replace(/[“”„«»]/g, '"')
    .replace(/[’‘]/g, "'");
}

/**
 * 1250.5 of "1,250.50", "1.250,50" and "1250,5", whichever the language writes; null when it is no number, as 1.2.3. One sign
 * before three digits is what the language uses it for; before any other count of digits it can only be the decimal sign.
 */
function toNumber(written: string, { decimal }: SpokenLanguage): number | null {
  const signs = written.match(/[.,]/g) ?? [];
  const last = signs.at(-1);
  if (last === undefined) return Number(written);
  const isLastDecimal =
    new Set(signs).size > 1 || (signs.length === 1 && (last === decimal || !/[.,]\d{3}$/.test(written)));
  const at = isLastDecimal ? written.lastIndexOf(last) : written.length;
  const whole = written.slice(0, at);
  if (/[.,]/.test(whole) && !/^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$/.test(whole)) return null;
  return Number(`${whole.replace(/[.,]/g, '')}.${written.slice(at + 1) || '0'}`);
}
