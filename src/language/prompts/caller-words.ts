import type { ModelRequest } from '../../../runtime/ports.ts';

/** The caller's words as data: marked where they begin and end, and unable to end the mark themselves. */
export function callerWords(text: string): string {
  return `<caller>${withoutMarks(text)}</caller>`;
}

/** What the house tells the model between the words of the two. */
export function direction(text: string): string {
  return `<direction>${text}</direction>`;
}

/** Nothing that a caller or a record can say looks like a mark of ours. */
export function withoutMarks(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›');
}

/** Below this the words are told to be doubtful. */
const DOUBTFUL_CONFIDENCE = 0.7;

/** How the words came, where that matters to whoever reads them. */
export function howHeard({ by, confidence }: Pick<ModelRequest, 'by' | 'confidence'>): string | null {
  if (by === 'keypad') return 'The caller typed this on the keypad; the keys are certain.';
  if (by === 'text') return 'The caller wrote this.';
  if (confidence >= DOUBTFUL_CONFIDENCE) return null;
  return `The words were heard with a confidence of only ${confidence.toFixed(2)}: they may be wrong. Ask rather than guess.`;
}
