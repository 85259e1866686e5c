import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type {
  RecognitionListener,
  RecognitionOptions,
  RecognitionStream,
} from '../../../../runtime/ports.ts';
import { BYTES_A_MS } from '../../streaming/audio-time.ts';
import { wholePhrase } from '../../streaming/expected-phrases.ts';
import { UnbrokenLine } from '../../streaming/unbroken-line.ts';
import { problem } from '../fault.ts';
import { type AzureSpeechRecognitionOptions, defaults } from './options.ts';
import { phraseListOf } from './phrase-list.ts';
import { Recogniser, type RecogniserSettings } from './recogniser.ts';
import type { Hypothesis, Phrase } from './results.ts';

const TOLERANCE_BYTES = 20 * BYTES_A_MS;
/** Of a voice it tells words several times a second. */
const MUTE_AFTER_MS = 2_000;

interface Finishing {
  /** Where the voice ended of which the words are asked for. */
  voiceEnd: number;
  texts: string[];
  confidence: number;
  timeoutMs: number;
  timer: TimerHandle;
}

/**
 * Continuous recognition. A phrase that is final is told at once, unless `finish` has been called: then all that is still
 * to come is gathered into the one `final` that the caller of `finish` waits for. The service ends a phrase after a
 * silence, of which it counts the audio and not the time; so `finish` gives it that silence at once.
 */
export class AzureSpeechStream implements RecognitionStream {
  readonly #clock: Clock;
  readonly #listener: RecognitionListener;
  readonly #options: AzureSpeechRecognitionOptions;
  readonly #line: UnbrokenLine<Recogniser>;
  #phrases: readonly string[];
  #isWhole: (text: string) => boolean;
  /** Told as final in this turn. */
  #said: string[] = [];
  #hypothesis: Hypothesis | null = null;
  /** Words that a `finish` without an answer has delivered; the late phrase holds them too. */
  #delivered = '';
  /** Up to here the service has found no voice but the settled one. */
  #heardUntil = 0;
  #finishing: Finishing | null = null;
  #language: string | null = null;

  constructor(
    options: AzureSpeechRecognitionOptions,
    { language, phrases, explain }: RecognitionOptions,
    listener: RecognitionListener,
  ) {
    this.#clock = options.clock;
    this.#options = options;
    this.#listener = listener;
    this.#phrases = phraseListOf(phrases, options.phrases);
    this.#isWhole = wholePhrase(phrases);
    const settings: RecogniserSettings = {
      ...options,
      language,
      detectLanguages: options.detectLanguages ?? [],
      segmentationSilenceMs: options.segmentationSilenceMs ?? defaults.segmentationSilenceMs,
      random: options.random ?? Math.random,
      connectTimeoutMs: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
      giveUpAfterMs: options.giveUpAfterMs ?? defaults.giveUpAfterMs,
      replayMs: options.replayMs ?? defaults.replayMs,
    };
    this.#line = new UnbrokenLine({
      ...settings,
      problem,
      muteAfterMs: MUTE_AFTER_MS,
      dial: events =>
        new Recogniser(settings, this.#phrases, {
          ...events,
          heardVoice: position => this.#hearVoice(position),
          hypothesis: hypothesis => this.#hearHypothesis(hypothesis),
          phrase: (phrase, quietUntil) => this.#hearPhrase(phrase, quietUntil),
        }),
      connected: () => this.#finishing && this.#line.socket?.endPhrase(),
      explain,
      failed: error => {
        this.close();
        listener.failed(error);
      },
    });
  }

  write(audio: Uint8Array): void {
    this.#line.write(audio);
  }

  speechStarted(): void {
    this.#line.mute.voiceStarted();
  }

  speechStopped(): void {
    this.#line.mute.voiceStopped();
  }

  finish(): void {
    if (this.#finishing) return;
    const { voiceEnd } = this.#line.mute;
    if (!this.#hypothesis && voiceEnd <= this.#heardUntil + TOLERANCE_BYTES) {
      // All of the voice is settled: nothing more will come of it.
      this.#said = [];
      this.#listener.final('', 0);
      return;
    }
    const { finishTimeoutMs, unheardTimeoutMs } = { ...defaults, ...this.#options };
    const isUnheard = !this.#hypothesis && this.#line.socket !== null;
    const timeoutMs = isUnheard ? unheardTimeoutMs : finishTimeoutMs;
    this.#finishing = {
      voiceEnd,
      texts: [],
      confidence: 1,
      timeoutMs,
      timer: this.#clock.setTimeout(() => this.#finishWithoutAnswer(), timeoutMs),
    };
    this.#line.socket?.endPhrase();
  }

  /** The whole-phrase judgement changes at once; the service's list with its next turn or socket. */
  expect(phrases: readonly string[]): void {
    this.#isWhole = wholePhrase(phrases);
    this.#phrases = phraseListOf(phrases, this.#options.phrases);
    this.#line.socket?.expect(this.#phrases);
  }

  close(): void {
    if (this.#finishing) this.#clock.clearTimeout(this.#finishing.timer);
    this.#finishing = null;
    this.#line.close();
  }

  #hearVoice(position: number): void {
    this.#line.mute.heard(position, false);
    this.#listener.heardVoice?.();
  }

  #hearHypothesis(hypothesis: Hypothesis): void {
    this.#line.mute.heard(hypothesis.end, true);
    this.#noteLanguage(hypothesis.language);
    const isNew = hypothesis.start + TOLERANCE_BYTES >= this.#line.settled;
    const text = isNew ? hypothesis.text : withoutStart(hypothesis.text, this.#delivered);
    this.#hypothesis = text ? { ...hypothesis, text } : null;
    if (text) this.#partial([...this.#said, text]);
  }

  #hearPhrase(phrase: Phrase, quietUntil: number): void {
    this.#noteLanguage(phrase.language);
    const text = this.#unsettledText(phrase);
    this.#hypothesis = null;
    this.#delivered = '';
    this.#line.settle(phrase.end, text !== '');
    this.#heardUntil = Math.max(this.#heardUntil, quietUntil);
    this.#line.mute.heard(this.#heardUntil, false);
    if (text || (phrase.kind === 'noWords' && !this.#finishing)) this.#final(text, phrase.confidence);
    if (this.#finishing && this.#heardUntil + TOLERANCE_BYTES >= this.#finishing.voiceEnd) this.#finished();
  }

  /** What a `finish` without an answer has delivered already is not delivered again. */
  #unsettledText({ start, end, text, words }: Phrase): string {
    const settled = this.#line.settled;
    if (start + TOLERANCE_BYTES >= settled) return text;
    if (end <= settled + TOLERANCE_BYTES) return '';
    if (words.length === 0) return withoutStart(text, this.#delivered);
    return words
      .filter(word => (word.start + word.end) / 2 > settled)
      .map(word => word.text)
      .join(' ');
  }

  #final(text: string, confidence: number): void {
    if (this.#finishing) {
      this.#finishing.texts.push(text);
      this.#finishing.confidence = Math.min(this.#finishing.confidence, confidence);
      return;
    }
    if (text) this.#said.push(text);
    this.#listener.final(text, confidence);
    if (text) this.#partial(this.#said);
  }

  #partial(texts: readonly string[]): void {
    const text = texts.join(' ');
    this.#listener.partial(text, this.#isWhole(text));
  }

  #finishWithoutAnswer(): void {
    const hypothesis = this.#hypothesis;
    this.#hypothesis = null;
    if (hypothesis && this.#finishing) {
      this.#finishing.texts.push(hypothesis.text);
      // Never confirmed: as sure as a coin.
      this.#finishing.confidence = Math.min(this.#finishing.confidence, 0.5);
      this.#delivered = `${this.#delivered} ${hypothesis.text}`.trim();
      this.#line.settle(hypothesis.end);
    }
    if (!this.#finishing) return;
    const { timeoutMs, voiceEnd } = this.#finishing;
    const isUnanswered = this.#line.mute.waitingMs >= timeoutMs;
    // Nothing more is expected of this voice; what comes of it all the same is told late.
    this.#heardUntil = Math.max(this.#heardUntil, voiceEnd);
    this.#line.mute.excuse(this.#heardUntil);
    this.#finished();
    if (isUnanswered) this.#line.mute.giveUp();
  }

  #finished(): void {
    if (!this.#finishing) return;
    const { texts, confidence, timer } = this.#finishing;
    this.#clock.clearTimeout(timer);
    this.#finishing = null;
    this.#said = [];
    this.#listener.final(texts.join(' '), texts.length > 0 ? confidence : 0);
  }

  #noteLanguage(language: string | null): void {
    if (!language || language === this.#language || !this.#options.detectLanguages) return;
    this.#language = language;
    this.#listener.heardLanguage?.(language);
  }
}

/** Leaves out words that a text begins with, whatever their case. */
function withoutStart(text: string, start: string): string {
  return text.toLowerCase().startsWith(start.toLowerCase()) ? text.slice(start.length).trim() : text;
}
