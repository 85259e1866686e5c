import { isSupportedCountry } from 'libphonenumber-js';
import { ToWords } from 'to-words';
import { monthName, regionOf, type SpokenLanguage } from './spoken-language.ts';

const currencies: Readonly<Record<string, string>> = { $: 'en-US', '£': 'en-GB', '€': 'en-IE' };

export function english(tag: string): SpokenLanguage {
  const words = new ToWords({ localeCode: 'en-US' });
  const number = (value: number) => words.convert(value).toLowerCase();
  const ordinal = (value: number) => words.toOrdinal(value).toLowerCase();
  const region = regionOf(tag);
  return {
    signs: {
      at: 'at',
      dot: 'dot',
      underscore: 'underscore',
      dash: 'dash',
      plus: 'plus',
      slash: 'slash',
      minus: 'minus',
      percent: 'percent',
      and: 'and',
      or: 'or',
    },
    digits: ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'],
    country: region && isSupportedCountry(region) ? region : 'US',
    decimal: '.',
    number,
    agreesWithNoun: () => false,
    money(value, symbol) {
      const localeCode = currencies[symbol];
      if (!localeCode) return null;
      const convert = new ToWords({ localeCode, converterOptions: { currency: true, doNotAddOnly: true } });
      return convert.convert(value).toLowerCase();
    },
    date: (year, month, day) => `${monthName('en-US', month)} ${ordinal(day)}, ${sayYear(year, number)}`,
    time(hour, minute, half) {
      const minutes =
        minute === 0 ? (half ? '' : " o'clock") : ` ${minute < 10 ? 'oh ' : ''}${number(minute)}`;
      return `${number(hour)}${minutes}${half ? ` ${half.toUpperCase()}M` : ''}`;
    },
    ordinals: /\b(\d{1,3})(st|nd|rd|th)\b/gi,
    ordinal,
  };
}

/** In pairs, as it is said: "twenty twenty six". */
function sayYear(year: number, number: (value: number) => string): string {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (year % 1_000 < 10) return number(year);
  if (rest === 0) return `${number(century)} hundred`;
  return `${number(century)} ${rest < 10 ? `oh ${number(rest)}` : number(rest)}`;
}
