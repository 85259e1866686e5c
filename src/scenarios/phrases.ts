import { spokenWays } from '../../machines/expected-phrases.ts';
import type { FlowChoice } from '../../machines/flow-view.ts';

const FIRST_DIGITS = '1024680357913579';
/** Where a slot takes any number of digits. */
const USUAL_DIGITS = 4;

/**
 * The ways to say a choice, with what `values` give for its slots; slots without a value get the phrase's own, or
 * some digits. Those that would need a text nobody has given are left out.
 */
export function waysToSay(choice: FlowChoice, values: Readonly<Record<string, string>> = {}): string[] {
  return spokenWays(choice).flatMap(({ text, facts }) => {
    const fits = Object.entries(values).every(([name, value]) => (facts[name] ?? value) === value);
    const filled = fits ? fillSlots(text, choice, values) : null;
    return filled === null ? [] : [filled];
  });
}

function fillSlots(text: string, { slots }: FlowChoice, values: Readonly<Record<string, string>>) {
  let isWhole = true;
  const filled = text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const slot = slots[name];
    const value = values[name] ?? (slot?.type === 'digits' ? someDigits(slot.length) : undefined);
    if (value === undefined) isWhole = false;
    return value ?? '';
  });
  return isWhole ? filled : null;
}

/** Digits that a caller might say, as many as are wanted. */
export function someDigits(length = USUAL_DIGITS): string {
  return FIRST_DIGITS.repeat(Math.ceil(length / FIRST_DIGITS.length)).slice(0, length);
}
