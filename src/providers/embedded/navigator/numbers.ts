import type { NumberWords } from './languages/navigator-language.ts';

interface Reading {
  digits: string;
  next: number;
}

interface Amount {
  value: number;
  next: number;
}

/** Each run of digits and number words as one word: `#4711`. */
export function gatherDigits(words: readonly string[], numbers: NumberWords): string[] {
  const reader = new NumberReader(words, numbers);
  const gathered: string[] = [];
  let run = '';
  const endRun = () => {
    if (/\d/.test(run)) gathered.push(`#${run}`);
    run = '';
  };

  for (let at = 0; at < words.length; ) {
    const reading = reader.digits(at);
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

/** Reads the numbers that begin at a word. */
class NumberReader {
  readonly #words: readonly string[];
  readonly #numbers: NumberWords;

  constructor(words: readonly string[], numbers: NumberWords) {
    this.#words = words;
    this.#numbers = numbers;
  }

  /** "4711", "oh", "double four", "forty seven", "four thousand and eleven". */
  digits(at: number): Reading | null {
    const word = this.#word(at);
    if (/^\d+$/.test(word)) return { digits: word, next: at + 1 };
    const zero = lookUp(this.#numbers.zeros, word);
    if (zero !== undefined) return { digits: zero, next: at + 1 };
    const times = lookUp(this.#numbers.repeats, word);
    return times === undefined ? this.#cardinal(at) : this.#repeated(at, times);
  }

  #repeated(at: number, times: number): Reading | null {
    const word = this.#word(at + 1);
    const { zeros, units } = this.#numbers;
    const digit = /^\d$/.test(word) ? word : (lookUp(zeros, word) ?? lookUp(units, word)?.toString());
    return digit === undefined ? null : { digits: digit.repeat(times), next: at + 2 };
  }

  #cardinal(at: number): Reading | null {
    const { thousand, thousandAlone } = this.#numbers;
    const isAlone = thousandAlone && this.#word(at) === thousand;
    const first = isAlone ? { value: 1, next: at } : this.#belowThousand(at);
    if (!first) return null;
    if (this.#word(first.next) !== thousand) return { digits: String(first.value), next: first.next };

    const rest = this.#after(first.next + 1, next => this.#belowThousand(next));
    return { digits: String(first.value * 1000 + rest.value), next: rest.next };
  }

  #belowThousand(at: number): Amount | null {
    const { hundreds, hundred } = this.#numbers;
    const whole = lookUp(hundreds, this.#word(at));
    if (whole !== undefined) return this.#withRest(whole, at + 1);
    const first = this.#belowHundred(at);
    if (!first || hundred === undefined || this.#word(first.next) !== hundred) return first;
    return this.#withRest(first.value * 100, first.next + 1);
  }

  #withRest(value: number, at: number): Amount {
    const rest = this.#after(at, next => this.#belowHundred(next));
    return { value: value + rest.value, next: rest.next };
  }

  /** What follows hundreds or thousands, with or without "and"; nothing may. */
  #after(at: number, read: (at: number) => Amount | null): Amount {
    const { joins } = this.#numbers;
    const isJoined = joins.hundreds !== undefined && this.#word(at) === joins.hundreds;
    return read(isJoined ? at + 1 : at) ?? { value: 0, next: at };
  }

  #belowHundred(at: number): Amount | null {
    const { units, whole, tens, joins } = this.#numbers;
    const word = this.#word(at);
    const alone = lookUp(units, word) ?? lookUp(whole, word);
    if (alone !== undefined) return { value: alone, next: at + 1 };
    const ten = lookUp(tens, word);
    if (ten === undefined) return null;

    const unitAt = joins.tens !== undefined && this.#word(at + 1) === joins.tens ? at + 2 : at + 1;
    const unit = lookUp(units, this.#word(unitAt));
    return unit === undefined ? { value: ten, next: at + 1 } : { value: ten + unit, next: unitAt + 1 };
  }

  #word(at: number): string {
    return this.#words[at] ?? '';
  }
}

function lookUp<Value>(values: Readonly<Record<string, Value>>, word: string): Value | undefined {
  return Object.hasOwn(values, word) ? values[word] : undefined;
}
