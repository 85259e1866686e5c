import {
  Connection,
  ResultReason,
  SpeechSynthesisOutputFormat,
  type SpeechSynthesisResult,
  SpeechSynthesizer,
} from 'microsoft-cognitiveservices-speech-sdk';
import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import type { AudioQueue } from '../../streaming/audio-queue.ts';
import type { SocketEvents } from '../../streaming/unbroken-line.ts';
import { type AzureSpeechAccess, openConfig } from '../access.ts';
import { errorOfFailure, problem } from '../fault.ts';

/**
 * What the SDK calls internal, and shows. Its own way to connect early, `Connection.openConnection`, opens a socket that
 * `close` forgets unless something was spoken over it.
 */
interface SynthesisAdapter {
  /** Connects, and sends the configuration. */
  fetchConnection(): Promise<SdkConnection>;
  dispose(): Promise<void>;
}

interface SdkConnection {
  /** Rejects a frame that it cannot read; the SDK then drops it without a word, and its audio with it. */
  privMessageFormatter: { toConnectionMessage(frame: unknown): Promise<unknown> };
}

/**
 * One of the SDK's synthesisers over one socket, which is opened at once. It ends with its socket: the SDK would open
 * others by itself, but only when the next sentence waits for them.
 */
export class Synthesiser {
  readonly #events: SocketEvents;
  readonly #clock: Clock;
  readonly #sdk: SpeechSynthesizer;
  #queue: AudioQueue | null = null;
  #failure = '';
  #isOpen = false;
  #hasEnded = false;
  #timer: TimerHandle | null;

  constructor(options: AzureSpeechAccess & { clock: Clock; connectTimeoutMs: number }, events: SocketEvents) {
    this.#events = events;
    this.#clock = options.clock;
    const config = openConfig(options);
    config.speechSynthesisOutputFormat = SpeechSynthesisOutputFormat.Raw8Khz8BitMonoMULaw;
    // Without an output the SDK looks for a loudspeaker.
    this.#sdk = new SpeechSynthesizer(config, null);
    this.#sdk.synthesizing = (_, { result }) => this.#push(result);
    const connection = Connection.fromSynthesizer(this.#sdk);
    connection.disconnected = () => this.#fell();
    connection.messageReceived = ({ message }) => {
      if (message.isTextMessage && !isObject(message.TextMessage)) this.#garbled();
    };
    this.#timer = options.clock.setTimeout(
      () => this.#end(problem('timeout', 'the connection took too long.')),
      options.connectTimeoutMs,
    );
    this.#adapter.fetchConnection().then(
      connection => {
        this.#watchFrames(connection);
        this.#opened();
      },
      (error: unknown) => this.#fell(String(error)),
    );
  }

  get #adapter(): SynthesisAdapter {
    return this.#sdk.internalData as SynthesisAdapter;
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#hasEnded;
  }

  /** The queue is ended with the sentence, or with what went wrong. One sentence at a time. */
  speak(ssml: string, queue: AudioQueue): void {
    this.#queue = queue;
    this.#sdk.speakSsmlAsync(
      ssml,
      result => this.#spoken(result),
      error => this.#fell(error),
    );
  }

  /** Without `ended`. Audio that still comes is nobody's. */
  close(): void {
    this.#finish();
  }

  #watchFrames({ privMessageFormatter: formatter }: SdkConnection): void {
    const read = formatter.toConnectionMessage.bind(formatter);
    formatter.toConnectionMessage = frame => {
      const reading = read(frame);
      reading.catch(() => this.#garbled());
      return reading;
    };
  }

  #garbled(): void {
    this.#end(problem('broken', 'a message could not be read.'));
  }

  #opened(): void {
    if (this.#hasEnded || this.#isOpen) return;
    this.#isOpen = true;
    this.#cancelTimer();
    this.#events.opened();
  }

  #spoken(result: SpeechSynthesisResult): void {
    if (this.#hasEnded) return;
    if (result.reason === ResultReason.SynthesizingAudioCompleted) {
      const queue = this.#queue;
      this.#queue = null;
      queue?.complete();
    } else {
      this.#fell(result.errorDetails);
    }
  }

  #push({ audioData }: SpeechSynthesisResult): void {
    this.#queue?.push(new Uint8Array(audioData));
  }

  /** The reason may follow the fall by some turns of the event loop's microtasks. */
  #fell(details = ''): void {
    this.#failure ||= details;
    if (this.#hasEnded) return;
    const wasOpen = this.#isOpen;
    const queue = this.#queue;
    this.#finish();
    setImmediate(() => {
      const error = errorOfFailure({ wasOpen, code: null, details: this.#failure });
      queue?.fail(error);
      this.#events.ended(error);
    });
  }

  #end(error: ProviderError): void {
    if (this.#hasEnded) return;
    const queue = this.#queue;
    this.#finish();
    queue?.fail(error);
    this.#events.ended(error);
  }

  #finish(): void {
    this.#hasEnded = true;
    this.#queue = null;
    this.#cancelTimer();
    void this.#adapter.dispose().catch(() => {});
  }

  #cancelTimer(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** The SDK falls deaf, without a word, over a message that it cannot read. */
function isObject(json: string | null): boolean {
  if (!json) return true;
  try {
    return typeof JSON.parse(json) === 'object';
  } catch {
    return false;
  }
}
