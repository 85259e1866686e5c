import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type {
  LanguageModel,
  ModelEvent,
  ModelRequest,
  Recognition,
  RecognitionListener,
  RecognitionStream,
  Synthesis,
  VoiceActivity,
  VoiceActivityListener,
} from '../../runtime/ports.ts';
import { isVoice, wordIn } from './spoken-text.ts';

/** Silent frames that end the voice: 200 ms, as Silero's. */
const HANG_OVER_FRAMES = 10;

export interface Delays {
  /** From the request for the final text to the text. */
  recognitionMs: number;
  /** From the sentence to its first audio. */
  firstAudioMs: number;
}

/** Voice activity that believes the frames of spoken-text.ts. */
export function scriptedVoiceActivity(): VoiceActivity {
  return {
    name: 'scripted',
    open: (listener: VoiceActivityListener) => {
      let silentFrames = HANG_OVER_FRAMES;
      return {
        write(audio) {
          if (isVoice(audio)) {
            if (silentFrames >= HANG_OVER_FRAMES) listener.speechStarted();
            silentFrames = 0;
          } else if (++silentFrames === HANG_OVER_FRAMES) listener.speechStopped();
        },
        close() {},
      };
    },
    async close() {},
  };
}

/** Recognition that reads the words out of the frames of spoken-text.ts. */
export function scriptedRecognition(
  clock: Clock,
  { recognitionMs = 0 }: Partial<Delays> = {},
  confidence = 0.9,
): Recognition & { opened: ScriptedRecogniser[] } {
  const opened: ScriptedRecogniser[] = [];
  return {
    name: 'scripted',
    detectsTurns: false,
    opened,
    open(_, listener) {
      const stream = new ScriptedRecogniser(clock, recognitionMs, confidence, listener);
      opened.push(stream);
      return stream;
    },
    async close() {},
  };
}

export class ScriptedRecogniser implements RecognitionStream {
  readonly listener: RecognitionListener;
  phrases: readonly string[] = [];
  isClosed = false;
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #confidence: number;
  #words: string[] = [];

  constructor(clock: Clock, delayMs: number, confidence: number, listener: RecognitionListener) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#confidence = confidence;
    this.listener = listener;
  }

  write(audio: Uint8Array): void {
    const word = wordIn(audio);
    if (word === null) return;
    this.#words.push(word.replace(/\.$/, ''));
    // A word with a full stop is where a grammar would see a whole phrase.
    this.listener.partial(this.#words.join(' '), word.endsWith('.'));
  }

  speechStarted(): void {}
  speechStopped(): void {}

  finish(): void {
    const text = this.#words.join(' ');
    this.#words = [];
    const answer = () => this.isClosed || this.listener.final(text, this.#confidence);
    if (this.#delayMs === 0) answer();
    else this.#clock.setTimeout(answer, this.#delayMs);
  }

  expect(phrases: readonly string[]): void {
    this.phrases = phrases;
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A model that answers as `answer` says, and keeps what it was asked. */
export function scriptedModel(
  answer: (request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent> | Iterable<ModelEvent>,
): LanguageModel & { requests: ModelRequest[]; signals: AbortSignal[] } {
  const requests: ModelRequest[] = [];
  const signals: AbortSignal[] = [];
  return {
    name: 'scripted',
    requests,
    signals,
    async *reply(request, signal) {
      requests.push(request);
      signals.push(signal);
      yield* answer(request, signal);
    },
  };
}

/** A whole reply of one text. */
export function* says(text: string): Iterable<ModelEvent> {
  yield { type: 'text', text };
  yield { type: 'end', reason: 'complete' };
}

/** How long the scripted voice takes to say a letter. */
const BYTES_PER_LETTER = 60 * 8;
const CHUNK_BYTES = 1_600;

/** Synthesis of 60 ms a letter, in chunks of 200 ms, after a delay. `failing` makes it throw. */
export function scriptedSynthesis(
  clock: Clock,
  { firstAudioMs = 0 }: Partial<Delays> = {},
): Synthesis & { said: string[]; failing: boolean; bytesPerLetter: number } {
  const synthesis = {
    name: 'scripted',
    said: [] as string[],
    failing: false,
    bytesPerLetter: BYTES_PER_LETTER,
    open: () => ({
      async *speak(text: string, signal: AbortSignal) {
        if (synthesis.failing) throw new Error('the voice is gone');
        synthesis.said.push(text);
        if (firstAudioMs > 0) await sleep(clock, firstAudioMs, signal);
        for (
          let left = text.length * synthesis.bytesPerLetter;
          left > 0 && !signal.aborted;
          left -= CHUNK_BYTES
        )
          yield new Uint8Array(Math.min(left, CHUNK_BYTES)).fill(0x55);
      },
      close() {},
    }),
    async close() {},
  };
  return synthesis;
}

export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    let timer: TimerHandle = null;
    const done = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    timer = clock.setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
