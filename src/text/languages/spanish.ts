import { isSupportedCountry } from 'libphonenumber-js';
import { ToWords } from 'to-words';
import { decimalOf, monthName, regionOf, type SpokenLanguage } from './spoken-language.ts';

interface Currency {
  one: string;
  many: string;
  cent: string;
  isFeminine?: boolean;
}

const dollars: Currency = { one: 'dólar', many: 'dólares', cent: 'centavo' };
const pesos: Currency = { one: 'peso', many: 'pesos', cent: 'centavo' };
const euros: Currency = { one: 'euro', many: 'euros', cent: 'céntimo' };
const pounds: Currency = { one: 'libra', many: 'libras', cent: 'penique', isFeminine: true };
/** Where `$` is the peso's. */
const pesoCountries = ['AR', 'CL', 'CO', 'CU', 'DO', 'MX', 'UY'];

export function spanish(tag: string): SpokenLanguage {
  const words = new ToWords({ localeCode: 'es-ES' });
  const number = (value: number) => {
    const said = words
      .convert(value)
      .toLowerCase()
      .replace(/\bmillon\b/g, 'millón');
    return decimalOf(tag) === ',' ? said.replace(' punto ', ' coma ') : said;
  };
  const region = regionOf(tag);
  const isPeso = region !== null && pesoCountries.includes(region);
  const currencies: Readonly<Record<string, Currency>> = {
    $: isPeso ? pesos : dollars,
    '€': euros,
    '£': pounds,
  };
  return {
    signs: {
      at: 'arroba',
      dot: 'punto',
      underscore: 'guion bajo',
      dash: 'guion',
      plus: 'más',
      slash: 'barra',
      minus: 'menos',
      percent: 'por ciento',
      and: 'y',
      or: 'o',
    },
    digits: ['cero', 'uno', 'dos', 'tres', 'cuatro', 'cinco', 'seis', 'siete', 'ocho', 'nueve'],
    country: region && isSupportedCountry(region) ? region : 'ES',
    decimal: decimalOf(tag),
    number,
    // Uno, una; doscientos, doscientas.
    agreesWithNoun: value =>
      (value % 10 === 1 && value % 100 !== 11) ||
      (Math.floor(value / 100) % 10 > 1 && Number.isInteger(value)),
    money(value, symbol) {
      const currency = currencies[symbol];
      return currency ? sayMoney(value, currency, number) : null;
    },
    date: (year, month, day) =>
      `${day === 1 ? 'primero' : number(day)} de ${monthName('es', month)} de ${number(year)}`,
    time: (hour, minute, half) => sayTime(hour, minute, half, number),
    // Without \b, which knows no º.
    ordinals: /(?<!\w)(\d{1,3})\.?(º|ª|er|o|a)(?![\p{L}\d])/gu,
    ordinal(value, ending) {
      // Beyond the tenth they are hardly said.
      if (value < 1 || value > 10) return null;
      const said = words.toOrdinal(value).toLowerCase();
      if (ending === 'er') return said.replace(/o$/, '');
      return ending === 'ª' || ending === 'a' ? said.replace(/o$/, 'a') : said;
    },
  };
}

function sayMoney(
  value: number,
  { one, many, cent, isFeminine = false }: Currency,
  number: (value: number) => string,
): string {
  const cents = Math.round(value * 100);
  const [whole, rest] = [Math.floor(cents / 100), cents % 100];
  const wholeSaid =
    whole === 1
      ? `${isFeminine ? 'una' : 'un'} ${one}`
      : `${beforeNoun(number(whole), isFeminine)}${whole >= 1_000_000 && whole % 1_000_000 === 0 ? ' de' : ''} ${many}`;
  const restSaid = rest === 1 ? `un ${cent}` : `${beforeNoun(number(rest), false)} ${cent}s`;
  if (rest === 0) return wholeSaid;
  return whole === 0 ? restSaid : `${wholeSaid} con ${restSaid}`;
}

/** "Veintiún euros", "doscientas veintiuna libras". */
function beforeNoun(number: string, isFeminine: boolean): string {
  if (isFeminine) return number.replace(/uno$/, 'una').replace(/(cient|quinient)os\b/g, '$1as');
  return number.replace(/veintiuno$/, 'veintiún').replace(/uno$/, 'un');
}

/** By the twelve hours of the clock: 17:30 is "cinco y media de la tarde". */
function sayTime(
  hour: number,
  minute: number,
  half: 'a' | 'p' | null,
  number: (value: number) => string,
): string {
  const onClock = hour % 12 === 0 ? 12 : hour % 12;
  const said = onClock === 1 ? 'una' : number(onClock);
  const past = minute === 15 ? 'cuarto' : minute === 30 ? 'media' : number(minute);
  const ofDay = half || hour > 12 || hour === 0 ? partOfDay(half ? onClock : hour, half) : '';
  return `${said}${minute === 0 ? '' : ` y ${past}`}${ofDay}`;
}

function partOfDay(hour: number, half: 'a' | 'p' | null): string {
  const of24 = half === null ? hour : (hour % 12) + (half === 'p' ? 12 : 0);
  if (of24 === 0 || of24 >= 20) return ' de la noche';
  if (of24 === 12) return ' del mediodía';
  return of24 > 12 ? ' de la tarde' : ' de la mañana';
}
