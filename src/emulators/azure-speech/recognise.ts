import { Framer, spreadWords, type TimedWord } from '../speech/hearing.ts';
import { newId, type SpeechMessage, textFrame } from './framing.ts';

import { readWaveHeader, type ToMuLaw } from './wave-header.ts';
import type { AzureSession, AzureSessionOptions } from './wire.ts';

/** Offsets and durations are in units of 100 ns. */
const TICKS_A_FRAME = 200_000;
const FRAME_MS = 20;
const HYPOTHESIS_FRAMES = 15;
const DEFAULT_SEGMENTATION_MS = 650;
/** Longest phrase, whether or not there is a pause. */
const MAX_PHRASE_FRAMES = 1_500;
const CONFIDENCE = 0.93;

interface Context {
  phraseDetection?: {
    language?: string;
    conversation?: { segmentation?: { segmentationSilenceTimeoutMs?: number } };
  };
  languageId?: { languages?: string[] };
  phraseOutput?: { detailed?: { options?: string[] }; format?: string };
}

/** Continuous recognition, turn by turn. All offsets are positions in the turn's audio, not on a clock. */
export function openRecognise(options: AzureSessionOptions): AzureSession {
  const { query, output, close } = options;
  let context: Context = {};
  let isConfigured = false;
  let turn: RecogniseTurn | null = null;
  /** Audio that still comes for a turn that is over is nobody's. */
  let ended = '';

  function audio({ requestId, bytes }: SpeechMessage): void {
    if (requestId === ended) return;
    if (!isConfigured) return void close(1007, 'The speech.config message is missing.');
    if (turn) return void (bytes ? turn.hear(bytes) : endTurn());
    const toMuLaw = bytes && readWaveHeader(bytes);
    if (!toMuLaw) return void close(1007, 'Unsupported audio format.');
    turn = new RecogniseTurn(requestId, toMuLaw, segmentationMs(), languageOf(), options);
  }

  function segmentationMs(): number {
    const inContext = context.phraseDetection?.conversation?.segmentation?.segmentationSilenceTimeoutMs;
    return inContext ?? Number(query.get('segmentationSilenceTimeoutMs') ?? DEFAULT_SEGMENTATION_MS);
  }

  /** Told only where it was left open. */
  function languageOf(): string | null {
    return context.languageId ? options.language : null;
  }

  function endTurn(): void {
    turn?.end();
    ended = turn?.requestId ?? ended;
    turn = null;
  }

  return {
    idleLimitMs: null,
    message(message) {
      if (message.path === 'speech.config') isConfigured = true;
      else if (message.path === 'speech.context') {
        try {
          context = JSON.parse(message.text ?? '{}') as Context;
        } catch {
          close(1007, 'The speech.context message could not be read.');
        }
      } else if (message.path === 'audio') audio(message);
      else if (message.path !== 'telemetry') close(1002, `Unknown path ${message.path}.`);
    },
    endTurn() {
      if (!turn) return;
      ended = turn.requestId;
      output.push(textFrame('turn.end', turn.requestId, {}));
      turn = null;
    },
  };
}

class RecogniseTurn {
  readonly requestId: string;
  readonly #toMuLaw: ToMuLaw;
  readonly #silenceFrames: number;
  readonly #language: string | null;
  readonly #options: AzureSessionOptions;
  readonly #framer = new Framer();
  #at = 0;
  #voiceStart = -1;
  #voiceEnd = 0;
  #hypothesisAt = 0;
  #hasSpoken = false;
  #words: TimedWord[] = [];

  constructor(
    requestId: string,
    toMuLaw: ToMuLaw,
    segmentationMs: number,
    language: string | null,
    options: AzureSessionOptions,
  ) {
    this.requestId = requestId;
    this.#toMuLaw = toMuLaw;
    this.#silenceFrames = Math.max(1, Math.round(segmentationMs / FRAME_MS));
    this.#language = language;
    this.#options = options;
    this.#say('turn.start', { context: { serviceTag: newId() } });
  }

  hear(audio: Buffer): void {
    for (const frame of this.#framer.push(this.#toMuLaw(audio))) this.#hearFrame(frame);
  }

  /** The stream of audio has ended: what is open is closed. */
  end(): void {
    if (this.#voiceStart >= 0) this.#phrase();
    this.#say('speech.endDetected', { Offset: this.#at * TICKS_A_FRAME });
    this.#say('turn.end', {});
  }

  #hearFrame(frame: Buffer): void {
    const { isVoice, word } = this.#options.hear(frame);
    if (isVoice && this.#voiceStart < 0) this.#voiceBegins();
    if (isVoice) {
      this.#voiceEnd = this.#at + 1;
      const last = this.#words.at(-1);
      if (last && !word) last.end = this.#at + 1;
    }
    if (word) this.#words.push({ word, start: this.#at, end: this.#at + 1, confidence: CONFIDENCE });
    this.#at++;

    if (this.#voiceStart < 0) this.#silence();
    else if (this.#at - this.#voiceEnd >= this.#silenceFrames) this.#phrase();
    else if (this.#at - this.#voiceStart >= MAX_PHRASE_FRAMES) this.#phrase();
    else if (this.#words.length > 0 && this.#at - this.#hypothesisAt >= HYPOTHESIS_FRAMES) this.#hypothesis();
  }

  #voiceBegins(): void {
    this.#voiceStart = this.#at;
    this.#hypothesisAt = this.#at;
    if (!this.#hasSpoken) this.#say('speech.startDetected', { Offset: this.#at * TICKS_A_FRAME });
    this.#hasSpoken = true;
  }

  #silence(): void {
    const { initialSilenceMs } = this.#options;
    if (this.#hasSpoken || this.#at * FRAME_MS !== initialSilenceMs) return;
    this.#say('speech.phrase', {
      Id: newId(),
      RecognitionStatus: 'InitialSilenceTimeout',
      Offset: this.#at * TICKS_A_FRAME,
      Duration: 0,
      Channel: 0,
    });
  }

  #hypothesis(): void {
    this.#hypothesisAt = this.#at;
    const from = this.#words[0]?.start ?? this.#voiceStart;
    this.#say('speech.hypothesis', {
      Id: newId(),
      Text: textOf(this.#words),
      Offset: from * TICKS_A_FRAME,
      Duration: (this.#voiceEnd - from) * TICKS_A_FRAME,
      Channel: 0,
      ...this.#primaryLanguage(),
    });
  }

  #phrase(): void {
    const words = this.#words.length > 0 ? this.#words : this.#fromTranscripts();
    const from = words[0]?.start ?? this.#voiceStart;
    const status = words.length > 0 ? 'Success' : 'NoMatch';
    this.#say('speech.phrase', {
      Id: newId(),
      RecognitionStatus: status,
      Offset: ticks(from),
      Duration: ticks(this.#voiceEnd - from),
      Channel: 0,
      ...(words.length > 0 ? { DisplayText: textOf(words), NBest: [best(words)] } : {}),
      ...this.#primaryLanguage(),
    });
    this.#voiceStart = -1;
    this.#words = [];
  }

  #fromTranscripts(): TimedWord[] {
    const text = this.#options.transcripts.shift();
    return text ? spreadWords(text, this.#voiceStart, this.#voiceEnd, CONFIDENCE) : [];
  }

  #primaryLanguage(): object {
    return this.#language ? { PrimaryLanguage: { Language: this.#language, Confidence: 'High' } } : {};
  }

  #say(path: string, body: object): void {
    this.#options.output.push(textFrame(path, this.requestId, body));
  }
}

function best(words: readonly TimedWord[]): object {
  const text = textOf(words);
  return {
    Confidence: CONFIDENCE,
    Lexical: text.toLowerCase(),
    ITN: text,
    MaskedITN: text,
    Display: text,
    Words: words.map(({ word, start, end }) => ({
      Word: word,
      Offset: ticks(start),
      Duration: ticks(end - start),
    })),
  };
}

function textOf(words: readonly TimedWord[]): string {
  return words.map(({ word }) => word).join(' ');
}

function ticks(frames: number): number {
  return Math.round(frames * TICKS_A_FRAME);
}
