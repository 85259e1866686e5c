import type { Message } from '../socket.ts';

/** Position in the call, in bytes, of a time on the socket, in seconds. */
export type PositionAt = (seconds: number) => number;

/** The SDK passes on whatever came, so everything is checked here before it is believed. Times become positions. */

export interface Word {
  /** With its punctuation where there is any. */
  text: string;
  /** Null where the model does not tell. */
  start: number | null;
  end: number | null;
  confidence: number;
}

export interface Results {
  start: number;
  end: number;
  isFinal: boolean;
  speechFinal: boolean;
  fromFinalize: boolean;
  text: string;
  confidence: number;
  words: Word[];
  languages: string[];
}

export interface TurnInfo {
  event: string;
  turn: number;
  windowEnd: number;
  text: string;
  words: Word[];
  languages: string[];
}

/** `Results` of `/v1/listen`, or null when it is not what it should be. */
export function readResults(message: Message, positionAt: PositionAt): Results | null {
  const { start, duration, channel } = message;
  if (!isTime(start) || !isTime(duration) || !isObject(channel)) return null;
  const best = Array.isArray(channel.alternatives) ? channel.alternatives[0] : undefined;
  if (!isObject(best) || typeof best.transcript !== 'string') return null;
  const words = readWords(best.words, positionAt);
  if (!words) return null;

  return {
    start: positionAt(start),
    end: positionAt(start + duration),
    isFinal: message.is_final === true,
    speechFinal: message.speech_final === true,
    fromFinalize: message.from_finalize === true,
    text: best.transcript.trim(),
    confidence: share(best.confidence),
    words,
    languages: readStrings(best.languages),
  };
}

/** `TurnInfo` of `/v2/listen`, or null when it is not what it should be. */
export function readTurnInfo(message: Message, positionAt: PositionAt): TurnInfo | null {
  const { event, turn_index: turn, audio_window_end: windowEnd, transcript } = message;
  const words = readWords(message.words, positionAt);
  if (typeof event !== 'string' || !isTime(turn) || !isTime(windowEnd) || !words) return null;
  if (typeof transcript !== 'string') return null;
  return {
    event,
    turn,
    windowEnd: positionAt(windowEnd),
    text: transcript.trim(),
    words,
    languages: readStrings(message.languages),
  };
}

function readWords(value: unknown, positionAt: PositionAt): Word[] | null {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return null;
  const words: Word[] = [];
  for (const item of value) {
    if (!isObject(item) || typeof item.word !== 'string') return null;
    words.push({
      text: typeof item.punctuated_word === 'string' ? item.punctuated_word : item.word,
      start: isTime(item.start) ? positionAt(item.start) : null,
      end: isTime(item.end) ? positionAt(item.end) : null,
      confidence: share(item.confidence),
    });
  }
  return words;
}

function readStrings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function share(value: unknown): number {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : 0;
}
