import { findPhoneNumbersInText } from 'libphonenumber-js';
import removeMarkdown from 'remove-markdown';
import { ToWords } from 'to-words';

/** Puts text into the form in which it is said. Nothing to be said is left out, and nothing is added. */
type Reading = (text: string, words: Words) => string;

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

/** Locales whose numbers and money we can put into words; others are left to the voice. */
const LOCALES: Record<string, { locale: string; currency: Record<string, string> }> = {
  en: { locale: 'en-US', currency: { $: 'en-US', '£': 'en-GB', '€': 'en-IE' } },
};

interface Words {
  language: string;
  locale: string;
  number(value: number): string;
  ordinal(value: number): string;
  money(value: number, symbol: string): string | null;
}

const wordsOf = new Map<string, Words>();

/** Text as a voice should read it. Languages without rules of ours only lose their Markdown. */
export function toSpeakable(text: string, language: string): string {
  const words = wordsFor(language);
  const spoken = words ? readings.reduce((read, reading) => reading(read, words), text) : readMarkdown(text);
  return spoken.replace(/\s+/g, ' ').trim();
}

function wordsFor(language: string): Words | null {
  const known = LOCALES[language.split('-')[0] ?? ''];
  if (!known) return null;
  const cached = wordsOf.get(language);
  if (cached) return cached;

  const plain = new ToWords({ localeCode: known.locale });
  const words: Words = {
    language,
    locale: known.locale,
    number: value => plain.convert(value).toLowerCase(),
    ordinal: value => plain.toOrdinal(value).toLowerCase(),
    money(value, symbol) {
      const localeCode = known.currency[symbol];
      if (!localeCode) return null;
      const convert = new ToWords({ localeCode, converterOptions: { currency: true, doNotAddOnly: true } });
      return convert.convert(value).toLowerCase();
    },
  };
  wordsOf.set(language, words);
  return words;
}

function readMarkdown(text: string): string {
  return removeMarkdown(text, { stripListLeaders: true, gfm: true, useImgAltText: true })
    .replace(/[*_`~#|]+(?=\s|$)|(?<=^|\s)[*_`~#|]+/g, ' ')
    .replace(/\p{Extended_Pictographic}\uFE0F?/gu, ' ');
}

function readEmails(text: string): string {
  return text.replace(/\b([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)\b/g, (_, user: string, host: string) => {
    return `${sayAddress(user)} at ${sayAddress(host)}`;
  });
}

function readUrls(text: string): string {
  return text.replace(
    /\bhttps?:\/\/(?:www\.)?([\w.-]+)(\/[\w./-]*)?(?:[?#]\S*)?/g,
    (_, host: string, path = '') => {
      return `${sayAddress(host)}${path === '/' ? '' : path.replaceAll('/', ' slash ')}`;
    },
  );
}

function sayAddress(part: string): string {
  return part
    .replaceAll('.', ' dot ')
    .replaceAll('_', ' underscore ')
    .replaceAll('-', ' dash ')
    .replaceAll('+', ' plus ');
}

/** Digit by digit, in the groups that people write. */
function readPhoneNumbers(text: string): string {
  let read = text;
  for (const { number, startsAt, endsAt } of findPhoneNumbersInText(text, 'US').reverse()) {
    const written = text.slice(startsAt, endsAt);
    const isInternational = written.startsWith('+');
    const groups =
      (isInternational ? number.formatInternational() : number.formatNational()).match(/\d+/g) ?? [];
    const digits = groups.map(group => [...group].map(digit => DIGITS[Number(digit)]).join(' ')).join(', ');
    read = `${read.slice(0, startsAt)}${isInternational ? 'plus ' : ''}${digits}${read.slice(endsAt)}`;
  }
  return read;
}

const DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

function readMoney(text: string, words: Words): string {
  return text.replace(/([$£€])\s?(\d[\d,]*(?:\.\d{1,2})?)\b/g, (written, symbol: string, amount: string) => {
    return words.money(toNumber(amount), symbol) ?? written;
  });
}

/** 2026-11-21 is "November 21st, 2026"; the year in pairs, as it is said. */
function readIsoDates(text: string, words: Words): string {
  return text.replace(
    /\b(\d{4})-(\d{2})-(\d{2})\b/g,
    (written, year: string, _month: string, day: string) => {
      const date = new Date(`${written}T00:00:00Z`);
      if (Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day)) return written;
      const monthName = date.toLocaleString(words.locale, { month: 'long', timeZone: 'UTC' });
      return `${monthName} ${words.ordinal(Number(day))}, ${sayYear(Number(year), words)}`;
    },
  );
}

function sayYear(year: number, words: Words): string {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (year % 1_000 < 10) return words.number(year);
  if (rest === 0) return `${words.number(century)} hundred`;
  return `${words.number(century)} ${rest < 10 ? `oh ${words.number(rest)}` : words.number(rest)}`;
}

function readTimes(text: string, words: Words): string {
  return text.replace(
    /\b([01]?\d|2[0-3]):([0-5]\d)(?:\s?([ap])(?:m|\.m\.)(?=\W|$))?/gi,
    (_, hour: string, minute: string, half?: string) => {
      const minutes = Number(minute);
      const spoken =
        minutes === 0 ? (half ? '' : " o'clock") : ` ${minutes < 10 ? 'oh ' : ''}${words.number(minutes)}`;
      return `${words.number(Number(hour))}${spoken}${half ? ` ${half.toUpperCase()}M` : ''}`;
    },
  );
}

function readPercentages(text: string, words: Words): string {
  return text.replace(
    /(\d[\d,]*(?:\.\d+)?)\s?%/g,
    (_, value: string) => `${words.number(toNumber(value))} percent`,
  );
}

function readOrdinals(text: string, words: Words): string {
  return text.replace(/\b(\d{1,3})(?:st|nd|rd|th)\b/gi, (_, value: string) => words.ordinal(Number(value)));
}

/** Codes (a leading zero, more than nine digits, single digits apart) are left to be read as digits. */
function readNumbers(text: string, words: Words): string {
  return text.replace(/(?<![\w.,])-?\d[\d,]*(?:\.\d+)?(?![\w]|\.\d)/g, written => {
    const digits = written.replace(/[^\d]/g, '');
    if (/^-?0\d/.test(written) || digits.length > 9)
      return [...digits].map(digit => DIGITS[Number(digit)]).join(' ');
    const value = toNumber(written.replace(/,$/, ''));
    const tail = written.endsWith(',') ? ',' : '';
    return `${value < 0 ? 'minus ' : ''}${words.number(Math.abs(value))}${tail}`;
  });
}

function readSymbols(text: string): string {
  return text
    .replace(/\s?&\s?/g, ' and ')
    .replace(/\s\/\s/g, ' or ')
    .replace(/[–—]/g, ', ')
    .replace(/[“”„«»]/g, '"')
    .replace(/[’‘]/g, "'");
}

function toNumber(written: string): number {
  return Number(written.replaceAll(',', ''));
}
