/** A sentence and where its audio lies in the turn's. `toByte` is null while it is still being spoken. */
export interface SpokenSentence {
  text: string;
  fromByte: number;
  toByte: number | null;
  /** Said to break a silence: no part of the reply proper. */
  isFiller?: boolean;
}

/**
 * The words whose audio lies within the first `heardBytes` of the turn. Within a sentence the time is shared out by
 * letters, and a word counts only when it was heard to its end.
 */
export function heardText(sentences: readonly SpokenSentence[], heardBytes: number): string {
  return sentences
    .map(sentence => heardPart(sentence, heardBytes))
    .filter(Boolean)
    .join(' ');
}

/** The sentences, or their rest, that `heardText` leaves out; a filler has had its moment. */
export function unheardSentences(sentences: readonly SpokenSentence[], heardBytes: number): string[] {
  return sentences
    .filter(({ toByte, isFiller }) => !isFiller && (toByte === null || toByte > heardBytes))
    .map(sentence => sentence.text);
}

function heardPart({ text, fromByte, toByte }: SpokenSentence, heardBytes: number): string {
  if (toByte === null || heardBytes <= fromByte) return '';
  if (heardBytes >= toByte) return text;

  const heardChars = Math.floor((text.length * (heardBytes - fromByte)) / (toByte - fromByte));
  if (/\s/.test(text[heardChars] ?? '')) return text.slice(0, heardChars);
  const lastSpace = text.lastIndexOf(' ', heardChars);
  return lastSpace > 0 ? text.slice(0, lastSpace) : '';
}
