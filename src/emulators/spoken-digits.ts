const DIGITS: Record<string, string> = {
  zero: '0',
  oh: '0',
  one: '1',
  two: '2',
  three: '3',
  four: '4',
  five: '5',
  six: '6',
  seven: '7',
  eight: '8',
  nine: '9',
};

/** The digits in a sentence, spoken or written, in order. */
export function toDigits(text: string): string {
  return (text.toLowerCase().match(/[a-z]+|\d/g) ?? [])
    .map(word => DIGITS[word] ?? (/^\d$/.test(word) ? word : ''))
    .join('');
}
