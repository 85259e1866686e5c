import type { Language } from '../../machines/flow.ts';
import { toWords } from '../providers/embedded/navigator/words.ts';

/**
 * The digits of what a model filled into a slot: "4711", 4711, "four seven one one", "number 47 11". Null when there are
 * none, when there are several numbers, or when they are not of the length that the flow wants.
 */
export function slotDigits(
  value: unknown,
  length: number | undefined,
  language: Language = 'en',
): string | null {
  if (typeof value !== 'string' && !isWholeNumber(value)) return null;
  const runs = toWords(String(value), language).filter(word => word.startsWith('#'));
  const [run, ...others] = runs.map(word => word.slice(1));
  if (run === undefined || others.length > 0) return null;

  // "Oh, 4711" is a sigh and four digits, not five.
  const digits = run.length - 1 === length && run.startsWith('o') ? run.slice(1) : run;
  if (length !== undefined && digits.length !== length) return null;
  return digits.replaceAll('o', '0');
}

function isWholeNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
