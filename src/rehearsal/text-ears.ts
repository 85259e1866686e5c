import type { Clock } from '../../runtime/clock.ts';
import { BYTES_PER_MS } from '../../runtime/media/media-streams.ts';
import type {
  Recognition,
  RecognitionListener,
  RecognitionStream,
  VoiceActivity,
  VoiceActivityListener,
} from '../../runtime/ports.ts';
import { isVoice, wordIn } from './caller-audio.ts';

/** Silence that ends the voice, as Silero's. */
export const HANG_OVER_MS = 200;
const HANG_OVER_BYTES = HANG_OVER_MS * BYTES_PER_MS;

/** Voice activity that believes the audio of caller-audio.ts. */
export function textVoiceActivity(): VoiceActivity {
  return {
    name: 'text',
    open: (listener: VoiceActivityListener) => {
      let hasVoice = false;
      let silentBytes = 0;
      return {
        write(audio) {
          if (isVoice(audio)) {
            if (!hasVoice) listener.speechStarted();
            hasVoice = true;
            silentBytes = 0;
            return;
          }
          silentBytes += audio.length;
          if (!hasVoice || silentBytes < HANG_OVER_BYTES) return;
          hasVoice = false;
          listener.speechStopped();
        },
        close() {},
      };
    },
    async close() {},
  };
}

export interface TextRecognitionOptions {
  clock: Clock;
  /** From the request for the final text to the text, in milliseconds; asked anew for each. */
  delayMs(): number;
  /** Of the words heard: 0 … 1. */
  confidence(): number;
  /** Whether the words so far are a whole expected phrase, so that a short pause ends the turn. `language` is BCP-47. */
  isComplete(text: string, phrases: readonly string[], language: string): boolean;
}

/** Recognition that reads the words out of the audio of caller-audio.ts. */
export function textRecognition(
  options: TextRecognitionOptions,
): Recognition & { readonly opened: TextRecogniser[] } {
  const opened: TextRecogniser[] = [];
  return {
    name: 'text',
    detectsTurns: false,
    opened,
    open({ phrases, language }, listener) {
      const stream = new TextRecogniser(options, { phrases, language }, listener);
      opened.push(stream);
      return stream;
    },
    async close() {},
  };
}

export class TextRecogniser implements RecognitionStream {
  readonly listener: RecognitionListener;
  phrases: readonly string[];
  isClosed = false;
  readonly #options: TextRecognitionOptions;
  readonly #language: string;
  #words: string[] = [];

  constructor(
    options: TextRecognitionOptions,
    { phrases, language }: { phrases: readonly string[]; language: string },
    listener: RecognitionListener,
  ) {
    this.#options = options;
    this.#language = language;
    this.phrases = phrases;
    this.listener = listener;
  }

  write(audio: Uint8Array): void {
    const word = wordIn(audio);
    if (word === null) return;
    this.#words.push(word);
    const text = this.#words.join(' ');
    this.listener.partial(withoutStop(text), this.#options.isComplete(text, this.phrases, this.#language));
  }

  speechStarted(): void {}
  speechStopped(): void {}

  finish(): void {
    const text = withoutStop(this.#words.join(' '));
    this.#words = [];
    const delayMs = this.#options.delayMs();
    const answer = () => this.isClosed || this.listener.final(text, this.#options.confidence());
    if (delayMs === 0) answer();
    else this.#options.clock.setTimeout(answer, delayMs);
  }

  expect(phrases: readonly string[]): void {
    this.phrases = phrases;
  }

  close(): void {
    this.isClosed = true;
  }
}

function withoutStop(text: string): string {
  return text.replace(/\.(?=\s|$)/g, '');
}
