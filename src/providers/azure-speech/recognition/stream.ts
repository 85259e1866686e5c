import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type {
  RecognitionListener,
  RecognitionOptions,
  RecognitionStream,
} from '../../../../runtime/ports.ts';
import { wholePhrase } from '../../streaming/expected-phrases.ts';
import { MuteWatch } from '../../streaming/mute-watch.ts';
import { BYTES_A_MS } from './audio-time.ts';
import { type AzureSpeechRecognitionOptions, defaults } from './options.ts';
import { phraseListOf } from './phrase-list.ts';
import type { Hypothesis, Phrase } from './results.ts';
import { UnbrokenLine } from './unbroken-line.ts';

/** Voice activity tells of the end of a voice this much later. */
const HANG_OVER_BYTES = 200 * BYTES_A_MS;
const TOLERANCE_BYTES = 20 * BYTES_A_MS;

interface Finishing {
  /** Where the voice ended of which the words are asked for. */
  voiceEnd: number;
  texts: string[];
  confidence: number;
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
  readonly #segmentationMs: number;
  readonly #line: UnbrokenLine;
  readonly #mute: MuteWatch;
  #isWhole: (text: string) => boolean;
  /** Told as final in this turn. */
  #said: string[] = [];
  #hypothesis: Hypothesis | null = null;
  /** Words that a `finish` without an answer has delivered; the late phrase holds them too. */
  #delivered = '';
  /** Up to here the service has found no voice but the settled one. */
  #heardUntil = 0;
  #finishing: Finishing | null = null;
  #voiceEnd = 0;
  #hasVoice = false;
  #language: string | null = null;

  constructor(
    options: AzureSpeechRecognitionOptions,
    { language, phrases }: RecognitionOptions,
    listener: RecognitionListener,
  ) {
    this.#clock = options.clock;
    this.#options = options;
    this.#listener = listener;
    this.#segmentationMs = options.segmentationSilenceMs ?? defaults.segmentationSilenceMs;
    this.#isWhole = wholePhrase(phrases);
    this.#mute = new MuteWatch(options.clock, () => this.#line.suspectMute());
    this.#line = new UnbrokenLine(
      {
        ...options,
        language,
        detectLanguages: options.detectLanguages ?? [],
        segmentationSilenceMs: this.#segmentationMs,
        random: options.random ?? Math.random,
        connectTimeoutMs: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
        giveUpAfterMs: options.giveUpAfterMs ?? defaults.giveUpAfterMs,
        replayMs: options.replayMs ?? defaults.replayMs,
      },
      phraseListOf(phrases, options.phrases),
      {
        connected: () => this.#finishing && this.#line.pad(this.#segmentationMs),
        heardVoice: () => {
          this.#mute.answered();
          listener.heardVoice?.();
        },
        hypothesis: hypothesis => this.#hearHypothesis(hypothesis),
        phrase: (phrase, quietUntil) => this.#hearPhrase(phrase, quietUntil),
        failed: error => {
          this.close();
          listener.failed(error);
        },
      },
    );
  }

  write(audio: Uint8Array): void {
    this.#line.write(audio);
  }

  speechStarted(): void {
    this.#hasVoice = true;
    this.#mute.voice();
  }

  speechStopped(): void {
    this.#hasVoice = false;
    this.#voiceEnd = this.#line.end - HANG_OVER_BYTES;
  }

  finish(): void {
    if (this.#finishing) return;
    if (this.#hasVoice) this.#voiceEnd = this.#line.end;
    if (!this.#hypothesis && this.#voiceEnd <= this.#heardUntil + TOLERANCE_BYTES) {
      // All of the voice is settled: nothing more will come of it.
      this.#said = [];
      this.#listener.final('', 0);
      return;
    }
    const { finishTimeoutMs, unheardTimeoutMs } = { ...defaults, ...this.#options };
    const isUnheard = !this.#hypothesis && this.#line.isOpen;
    this.#finishing = {
      voiceEnd: this.#voiceEnd,
      texts: [],
      confidence: 1,
      timer: this.#clock.setTimeout(
        () => this.#finishWithoutAnswer(),
        isUnheard ? unheardTimeoutMs : finishTimeoutMs,
      ),
    };
    this.#line.pad(this.#segmentationMs);
  }

  /** The whole-phrase judgement changes at once; the service's list with its next turn or socket. */
  expect(phrases: readonly string[]): void {
    this.#isWhole = wholePhrase(phrases);
    this.#line.expect(phraseListOf(phrases, this.#options.phrases));
  }

  close(): void {
    this.#mute.answered();
    if (this.#finishing) this.#clock.clearTimeout(this.#finishing.timer);
    this.#finishing = null;
    this.#line.close();
  }

  #hearHypothesis(hypothesis: Hypothesis): void {
    this.#mute.answered();
    this.#noteLanguage(hypothesis.language);
    const isNew = hypothesis.start + TOLERANCE_BYTES >= this.#line.settled;
    const text = isNew ? hypothesis.text : withoutStart(hypothesis.text, this.#delivered);
    this.#hypothesis = text ? { ...hypothesis, text } : null;
    if (text) this.#partial([...this.#said, text]);
  }

  #hearPhrase(phrase: Phrase, quietUntil: number): void {
    this.#mute.answered();
    this.#noteLanguage(phrase.language);
    const text = this.#unsettledText(phrase);
    this.#hypothesis = null;
    this.#delivered = '';
    this.#line.settle(phrase.end);
    this.#heardUntil = Math.max(this.#heardUntil, quietUntil);
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
    if (this.#finishing) this.#heardUntil = Math.max(this.#heardUntil, this.#finishing.voiceEnd);
    this.#finished();
    if (this.#mute.isWaiting) {
      this.#mute.answered();
      this.#line.suspectMute();
    }
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
