import { BYTES_A_SECOND } from '../../streaming/audio-time.ts';

/** A stretch of audio, in bytes since the recogniser began. */
export interface Stretch {
  start: number;
  end: number;
}

export interface Word extends Stretch {
  text: string;
}

export interface Hypothesis extends Stretch {
  text: string;
  language: string | null;
}

export interface Phrase extends Hypothesis {
  /** `noWords`: there was a voice, but no words were made out. `silence`: there was none. */
  kind: 'words' | 'noWords' | 'silence';
  confidence: number;
  words: Word[];
}

/** Of 100 ns. */
const TICKS_A_SECOND = 10_000_000;

/** A phrase as the SDK passes it on, with offsets that count from the beginning of the recognition. */
export function readPhrase(json: string): Phrase | null {
  const phrase = objectIn(json);
  if (!phrase || !isTime(phrase.Offset) || !isTime(phrase.Duration)) return null;
  const base = { ...stretch(phrase.Offset, phrase.Duration), language: languageOf(phrase) };
  const status = phrase.RecognitionStatus;
  if (status !== 'Success')
    return {
      ...base,
      kind: status === 'InitialSilenceTimeout' ? 'silence' : 'noWords',
      text: '',
      confidence: 0,
      words: [],
    };

  const best = bestOf(phrase);
  if (!best) return null;
  return {
    ...base,
    kind: best.text ? 'words' : 'noWords',
    text: best.text,
    confidence: share(best.Confidence),
    words: readWords(best.Words),
  };
}

/** Words so far. */
export function readHypothesis(json: string): Hypothesis | null {
  const message = objectIn(json);
  if (!message || !isTime(message.Offset) || !isTime(message.Duration)) return null;
  if (typeof message.Text !== 'string') return null;
  return {
    ...stretch(message.Offset, message.Duration),
    text: message.Text.trim(),
    language: languageOf(message),
  };
}

/** The SDK falls deaf, without a word, over a message that it cannot read. So each is looked at before the SDK does. */
export function isReadable(path: string, text: string | null): boolean {
  if (text === null || text === '') return path !== 'speech.phrase' && path !== 'speech.hypothesis';
  const message = objectIn(text);
  if (!message) return false;
  if (path === 'speech.hypothesis') return readHypothesis(text) !== null;
  if (path !== 'speech.phrase') return true;
  return message.RecognitionStatus !== 'Success' || bestOf(message) !== null;
}

function bestOf(phrase: Record<string, unknown>): (Record<string, unknown> & { text: string }) | null {
  const best: unknown = Array.isArray(phrase.NBest) ? phrase.NBest[0] : undefined;
  if (!isObject(best) || typeof best.Display !== 'string') return null;
  return { ...best, text: best.Display.trim() };
}

function readWords(value: unknown): Word[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((word: unknown) =>
    isObject(word) && typeof word.Word === 'string' && isTime(word.Offset) && isTime(word.Duration)
      ? [{ text: word.Word, ...stretch(word.Offset, word.Duration) }]
      : [],
  );
}

function languageOf({ PrimaryLanguage: primary }: Record<string, unknown>): string | null {
  return isObject(primary) && typeof primary.Language === 'string' ? primary.Language : null;
}

function stretch(offset: number, duration: number): Stretch {
  return { start: bytesOf(offset), end: bytesOf(offset + duration) };
}

/** Bytes of audio in a time in units of 100 ns. */
export function bytesOf(ticks: number): number {
  return Math.round((ticks / TICKS_A_SECOND) * BYTES_A_SECOND);
}

function objectIn(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function share(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : 0;
}
