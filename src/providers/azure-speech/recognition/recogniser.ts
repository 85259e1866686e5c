import {
  AudioConfig,
  AudioFormatTag,
  AudioInputStream,
  AudioStreamFormat,
  AutoDetectSourceLanguageConfig,
  type CancellationErrorCode,
  CancellationReason,
  Connection,
  LanguageIdMode,
  PhraseListGrammar,
  PropertyId,
  type PushAudioInputStream,
  type SpeechRecognitionResult,
  SpeechRecognizer,
} from 'microsoft-cognitiveservices-speech-sdk';
import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import { MU_LAW_SILENCE } from '../../../../runtime/media/mulaw.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { BYTES_A_MS, BYTES_A_SECOND } from '../../streaming/audio-time.ts';
import type { LineSettings, RecogniserSocket, SocketEvents } from '../../streaming/unbroken-line.ts';
import { type AzureSpeechAccess, openConfig } from '../access.ts';
import { errorOfFailure, problem } from '../fault.ts';
import { azureSpeechLanguage } from '../voices.ts';
import { AudioMap } from './audio-map.ts';
import {
  bytesOf,
  type Hypothesis,
  isReadable,
  type Phrase,
  readHypothesis,
  readPhrase,
  type Stretch,
} from './results.ts';

export interface RecogniserSettings extends AzureSpeechAccess, LineSettings {
  language: string;
  detectLanguages: readonly string[];
  segmentationSilenceMs: number;
}

/** All positions are bytes since the call began. */
export interface RecogniserEvents extends SocketEvents {
  heardVoice(position: number): void;
  hypothesis(hypothesis: Hypothesis): void;
  /** `quietUntil`: up to here the service has heard no voice after the phrase. */
  phrase(phrase: Phrase, quietUntil: number): void;
}

/** Audio that goes out as fast as it comes; behind it the SDK sends at twice the speed of speech. */
const FAST_LANE = 'SPEECH-TransmitLengthBeforThrottleMs';
const FAST_LANE_MARGIN_MS = 5_000;
/** What the SDK calls internal, and shows. */
interface ServiceRecogniser {
  dispose(): Promise<void>;
}

/** The SDK sends audio in pieces of 100 ms, and keeps what does not fill one. */
const SDK_PIECE_BYTES = 100 * BYTES_A_MS;
const MAX_CANDIDATES = 10;
const MAX_RETRIES = 'SPEECH-Error-MaxRetryCount';

/**
 * One of the SDK's recognisers over one socket, from the dial to its one end. The SDK would open others after it by
 * itself, at once and for ever once a phrase has come; so it is closed in the moment its socket falls.
 */
export class Recogniser implements RecogniserSocket {
  readonly #events: RecogniserEvents;
  readonly #clock: Clock;
  readonly #segmentationBytes: number;
  readonly #audio: PushAudioInputStream;
  readonly #sdk: SpeechRecognizer;
  readonly #connection: Connection;
  readonly #phrases: PhraseListGrammar;
  #map = new AudioMap(0);
  #failure: { code: CancellationErrorCode; details: string } | null = null;
  #isOpen = false;
  #hasEnded = false;
  #timer: TimerHandle | null;

  constructor(settings: RecogniserSettings, phrases: readonly string[], events: RecogniserEvents) {
    this.#events = events;
    this.#clock = settings.clock;
    this.#segmentationBytes = settings.segmentationSilenceMs * BYTES_A_MS;
    this.#audio = AudioInputStream.createPushStream(
      AudioStreamFormat.getWaveFormat(BYTES_A_SECOND, 8, 1, AudioFormatTag.MuLaw),
    );
    this.#sdk = openSdk(settings, AudioConfig.fromStreamInput(this.#audio));
    this.#phrases = PhraseListGrammar.fromRecognizer(this.#sdk);
    this.#phrases.addPhrases([...phrases]);
    this.#connection = Connection.fromRecognizer(this.#sdk);
    this.#listen();
    this.#timer = settings.clock.setTimeout(
      () => this.#end(problem('timeout', 'the connection took too long.')),
      settings.connectTimeoutMs,
    );
    // Failures come as `canceled` too; what comes only here is a fault of the SDK's own.
    this.#sdk.startContinuousRecognitionAsync(undefined, () => this.#fell());
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#hasEnded;
  }

  begin(position: number): void {
    this.#map = new AudioMap(position);
  }

  write(audio: Uint8Array): void {
    if (!this.isOpen) return;
    this.#audio.write(Uint8Array.from(audio).buffer);
    this.#map.give(audio.length);
  }

  /** Puts in the silence that ends a phrase, so that what was spoken is taken for finished. */
  endPhrase(): void {
    const bytes = Math.ceil(this.#segmentationBytes / SDK_PIECE_BYTES + 1) * SDK_PIECE_BYTES;
    this.#audio.write(new Uint8Array(bytes).fill(MU_LAW_SILENCE).buffer);
    this.#map.pad(bytes);
  }

  /** From the next turn on. */
  expect(phrases: readonly string[]): void {
    this.#phrases.clear();
    this.#phrases.addPhrases([...phrases]);
  }

  /** Without `ended`. */
  close(): void {
    this.#finish();
  }

  #listen(): void {
    const sdk = this.#sdk;
    this.#connection.connected = () => {
      if (this.#hasEnded || this.#isOpen) return;
      this.#isOpen = true;
      this.#cancelTimer();
      this.#events.opened();
    };
    this.#connection.disconnected = () => this.#fell();
    this.#connection.messageReceived = ({ message }) => {
      if (this.#hasEnded || !message.isTextMessage) return;
      if (!isReadable(message.path.toLowerCase(), message.TextMessage))
        this.#end(problem('broken', 'a message could not be read.'));
    };
    sdk.canceled = (_, { reason, errorCode, errorDetails }) => {
      this.#failure = { code: errorCode, details: String(errorDetails ?? '') };
      if (reason === CancellationReason.Error) this.#fell();
    };
    sdk.speechStartDetected = (_, { offset }) => {
      if (!this.#hasEnded) this.#events.heardVoice(this.#map.positionAt(bytesOf(offset)));
    };
    sdk.recognizing = (_, { result }) =>
      this.#hear(result, readHypothesis, hypothesis =>
        this.#events.hypothesis({ ...hypothesis, ...this.#inCall(hypothesis) }),
      );
    sdk.recognized = (_, { result }) => this.#hear(result, readPhrase, phrase => this.#hearPhrase(phrase));
  }

  #hearPhrase(phrase: Phrase): void {
    const words = phrase.words.map(word => ({ ...word, ...this.#inCall(word) }));
    const quietUntil = this.#map.positionAt(phrase.end + this.#segmentationBytes);
    this.#events.phrase({ ...phrase, ...this.#inCall(phrase), words }, quietUntil);
  }

  #inCall({ start, end }: Stretch): Stretch {
    return { start: this.#map.positionAt(start), end: this.#map.positionAt(end) };
  }

  #hear<T>(
    { json }: SpeechRecognitionResult,
    read: (json: string) => T | null,
    tell: (read: T) => void,
  ): void {
    if (this.#hasEnded) return;
    const result = read(json);
    if (result === null) this.#end(problem('broken', 'a message could not be read.'));
    else tell(result);
  }

  /** The reason follows the fall by some turns of the event loop's microtasks. */
  #fell(): void {
    if (this.#hasEnded) return;
    const wasOpen = this.#isOpen;
    this.#finish();
    setImmediate(() => {
      const { code, details } = this.#failure ?? { code: null, details: '' };
      this.#events.ended(errorOfFailure({ wasOpen, code, details }));
    });
  }

  #end(error: ProviderError): void {
    if (this.#hasEnded) return;
    this.#finish();
    this.#events.ended(error);
  }

  #finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelTimer();
    // The SDK's own `close` sends the end of the audio first, for which it dials again when the socket has fallen, and
    // then waits for an answer as long as it takes.
    void (this.#sdk.internalData as ServiceRecogniser).dispose().catch(() => {});
  }

  #cancelTimer(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function openSdk(settings: RecogniserSettings, audio: AudioConfig): SpeechRecognizer {
  const config = openConfig(settings);
  // The SDK takes a host for an old container, which knows only version 1.
  config.setProperty(PropertyId.SpeechServiceConnection_RecognitionEndpointVersion, '2');
  config.setProperty(PropertyId.Speech_SegmentationSilenceTimeoutMs, String(settings.segmentationSilenceMs));
  config.setProperty(FAST_LANE, String(settings.replayMs + FAST_LANE_MARGIN_MS));
  config.setProperty(MAX_RETRIES, '0');
  // Detailed output with the times of words.
  config.requestWordLevelTimestamps();
  const [language = settings.language, ...others] = candidatesOf(settings);
  config.speechRecognitionLanguage = language;
  if (others.length === 0) return new SpeechRecognizer(config, audio);
  const detection = AutoDetectSourceLanguageConfig.fromLanguages([language, ...others]);
  detection.mode = LanguageIdMode.Continuous;
  return SpeechRecognizer.FromConfig(config, detection, audio);
}

/** The service tells ten languages apart, and takes one locale of each. */
function candidatesOf({ language, detectLanguages }: RecogniserSettings): string[] {
  const locales = new Map<string, string>();
  for (const wanted of [language, ...detectLanguages]) {
    const known = azureSpeechLanguage(wanted);
    const name = known?.language ?? wanted;
    if (!locales.has(name)) locales.set(name, known?.locale ?? wanted);
  }
  return [...locales.values()].slice(0, MAX_CANDIDATES);
}
