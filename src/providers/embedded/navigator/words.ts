/**
 * Turns what was said into words that can be compared: lower case, no punctuation, no fillers, numbers as digits. A
 * run of digits is one word that begins with `#`; in it `o` is a spoken "oh", which may be a zero or a sigh.
 */
export function toWords(text: string): string[] {
  const words = text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/(\d),(?=\d{3})/g, '$1')
    .replace(/['’]|\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .replace(/(\d)(?=[a-z])|([a-z])(?=\d)/g, '$1$2 ')
    .split(' ')
    .filter(word => word !== '' && !fillers.has(word));

  return gatherDigits(words.join(' ').replace(thanks, ' ').split(' ').filter(Boolean));
}

/** The digits of a run, or null when `word` is no run. */
export function digitsOf(word: string): string | null {
  return word.startsWith('#') ? word.slice(1).replaceAll('o', '0') : null;
}

const thanks = /\b(thank\b ?)+(you\b ?)?((very|so) much\b)?/g;

const fillers = new Set(
  'um umm uh uhm erm er ah hm hmm mm mhm well okay ok alright please thanks so just actually basically'.split(
    ' ',
  ),
);

const units: Record<string, number> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
};

const teens: Record<string, number> = {
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
};

const tens: Record<string, number> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};

const zeros: Record<string, string> = { zero: '0', nought: '0', oh: 'o', o: 'o' };
const repeats: Record<string, number> = { double: 2, triple: 3 };

interface Reading {
  digits: string;
  next: number;
}

function gatherDigits(words: readonly string[]): string[] {
  const gathered: string[] = [];
  let run = '';
  const endRun = () => {
    if (/\d/.test(run)) gathered.push(`#${run}`);
    run = '';
  };

  for (let at = 0; at < words.length; ) {
    const reading = readDigits(words, at);
    if (reading) {
      run += reading.digits;
      at = reading.next;
    } else {
      endRun();
      gathered.push(words[at++]!);
    }
  }
  endRun();
  return gathered;
}

/** Reads the digits that begin at `at`: "4711", "oh", "double four", "forty seven", "four thousand and eleven". */
function readDigits(words: readonly string[], at: number): Reading | null {
  const word = words[at] ?? '';
  if (/^\d+$/.test(word)) return { digits: word, next: at + 1 };
  if (Object.hasOwn(zeros, word)) return { digits: zeros[word]!, next: at + 1 };
  if (Object.hasOwn(repeats, word)) return readRepeated(words, at, repeats[word]!);
  return readCardinal(words, at);
}

function readRepeated(words: readonly string[], at: number, times: number): Reading | null {
  const word = words[at + 1] ?? '';
  const digit = /^\d$/.test(word) ? word : (zeros[word] ?? units[word]?.toString());
  return digit === undefined ? null : { digits: digit.repeat(times), next: at + 2 };
}

function readCardinal(words: readonly string[], at: number): Reading | null {
  const first = readHundreds(words, at);
  if (!first) return null;
  if (words[first.next] !== 'thousand') return { digits: String(first.value), next: first.next };

  const rest = readAfter(words, first.next + 1, readHundreds);
  return { digits: String(first.value * 1000 + rest.value), next: rest.next };
}

interface Amount {
  value: number;
  next: number;
}

function readHundreds(words: readonly string[], at: number): Amount | null {
  const first = readBelowHundred(words, at);
  if (!first || words[first.next] !== 'hundred') return first;

  const rest = readAfter(words, first.next + 1, readBelowHundred);
  return { value: first.value * 100 + rest.value, next: rest.next };
}

/** What follows "hundred" or "thousand", with or without "and"; nothing may. */
function readAfter(words: readonly string[], at: number, read: typeof readHundreds): Amount {
  const rest = read(words, words[at] === 'and' ? at + 1 : at);
  return rest ?? { value: 0, next: at };
}

function readBelowHundred(words: readonly string[], at: number): Amount | null {
  const word = words[at] ?? '';
  const next = words[at + 1] ?? '';
  if (Object.hasOwn(units, word)) return { value: units[word]!, next: at + 1 };
  if (Object.hasOwn(teens, word)) return { value: teens[word]!, next: at + 1 };
  if (!Object.hasOwn(tens, word)) return null;
  if (Object.hasOwn(units, next)) return { value: tens[word]! + units[next]!, next: at + 2 };
  return { value: tens[word]!, next: at + 1 };
}
