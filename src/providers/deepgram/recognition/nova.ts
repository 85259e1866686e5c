import type { DeepgramClient } from '@deepgram/sdk';
import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type {
  RecognitionListener,
  RecognitionOptions,
  RecognitionStream,
} from '../../../../runtime/ports.ts';
import { BYTES_A_MS, BYTES_A_SECOND } from '../../streaming/audio-time.ts';
import { keytermsOf, wholePhrase } from '../../streaming/expected-phrases.ts';
import { type LineSettings, UnbrokenLine } from '../../streaming/unbroken-line.ts';
import { retentionOf } from '../client.ts';
import { problem } from '../fault.ts';
import { type Message, sdkTimeoutS } from '../socket.ts';
import { ListenSocket } from './listen-socket.ts';
import { type PositionAt, type Results, readResults, type Word } from './messages.ts';
import { type DeepgramRecognitionOptions, defaults } from './options.ts';

type Sdk = Awaited<ReturnType<DeepgramClient['listen']['v1']['connect']>>;

/** Positions are rounded to hundredths of a second on the wire. */
const TOLERANCE_BYTES = 20 * BYTES_A_MS;
/** It sends results about once a second, and now and then none for longer. */
const MUTE_AFTER_MS = 5_000;
/** Finalize may go without an answer when less than half of this is pending. */
const MAX_UNANSWERED_BYTES = BYTES_A_SECOND;

interface Finishing {
  /** All audio until here is asked for. */
  until: number;
  texts: string[];
  confidence: number;
  timer: TimerHandle;
}

/**
 * Nova on `/v1/listen`. A segment that is final is told at once, unless `finish` has been called: then all that is still
 * to come is gathered into the one `final` that the caller of `finish` waits for.
 */
export class NovaStream implements RecognitionStream {
  readonly #clock: Clock;
  readonly #listener: RecognitionListener;
  readonly #options: DeepgramRecognitionOptions;
  readonly #line: UnbrokenLine<ListenSocket<Sdk>>;
  #phrases: readonly string[];
  #isWhole: (text: string) => boolean;
  /** Told as final in this turn. */
  #said: string[] = [];
  #interim: { text: string; end: number; confidence: number } | null = null;
  #finishing: Finishing | null = null;
  #language: string | null = null;

  constructor(
    client: DeepgramClient,
    options: DeepgramRecognitionOptions,
    settings: LineSettings,
    call: RecognitionOptions,
    listener: RecognitionListener,
  ) {
    this.#clock = options.clock;
    this.#options = options;
    this.#listener = listener;
    this.#phrases = call.phrases;
    this.#isWhole = wholePhrase(call.phrases);
    this.#line = new UnbrokenLine({
      ...settings,
      problem,
      muteAfterMs: MUTE_AFTER_MS,
      dial: events =>
        new ListenSocket<Sdk>(
          {
            ...settings,
            dial: () => client.listen.v1.connect(this.#query(call.language, settings.connectTimeoutMs)),
            chunkBytes: 1,
            sendAudio: (sdk, audio) => sdk.sendMedia(audio),
            keepAlive: sdk => sdk.sendKeepAlive({ type: 'KeepAlive' }),
            message: (message, positionAt) => this.#receive(message, positionAt),
          },
          events,
        ),
      connected: () => this.#finishing && this.#finalize(),
      explain: call.explain,
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
    if (!this.#interim && this.#line.settled + TOLERANCE_BYTES >= this.#line.mute.voiceEnd) {
      // Finalize would go unanswered: all of the voice is settled.
      this.#said = [];
      this.#listener.final('', 0);
      return;
    }
    this.#finishing = {
      until: this.#line.end,
      texts: [],
      confidence: 1,
      timer: this.#clock.setTimeout(
        () => this.#finishWithoutAnswer(),
        this.#options.finishTimeoutMs ?? defaults.finishTimeoutMs,
      ),
    };
    this.#finalize();
  }

  /** The whole-phrase judgement changes at once; keyterms are fixed for the life of a socket. */
  expect(phrases: readonly string[]): void {
    this.#phrases = phrases;
    this.#isWhole = wholePhrase(phrases);
  }

  close(): void {
    if (this.#finishing) this.#clock.clearTimeout(this.#finishing.timer);
    this.#finishing = null;
    this.#line.socket?.send(sdk => sdk.sendCloseStream({ type: 'CloseStream' }));
    this.#line.close();
  }

  #query(language: string, connectTimeoutMs: number) {
    const options = this.#options;
    const keyterm = keytermsOf(this.#phrases, options.keyterms);
    return {
      model: options.model ?? defaults.model,
      language: options.detectLanguage ? 'multi' : language,
      encoding: 'mulaw' as const,
      sample_rate: BYTES_A_SECOND,
      channels: 1,
      interim_results: 'true' as const,
      endpointing: options.endpointingMs ?? defaults.endpointingMs,
      utterance_end_ms: options.utteranceEndMs ?? defaults.utteranceEndMs,
      vad_events: 'true' as const,
      smart_format: 'true' as const,
      punctuate: 'true' as const,
      ...retentionOf(options),
      ...(keyterm.length > 0 ? { keyterm } : {}),
      reconnectAttempts: 0,
      connectionTimeoutInSeconds: sdkTimeoutS(connectTimeoutMs),
    };
  }

  #receive(message: Message, positionAt: PositionAt): boolean {
    if (message.type === 'SpeechStarted') {
      this.#line.mute.heard(this.#line.settled, false);
      this.#listener.heardVoice?.();
    } else if (message.type === 'UtteranceEnd') this.#utteranceEnded();
    else if (message.type === 'Results') {
      const results = readResults(message, positionAt);
      if (!results) return false;
      this.#hear(results);
    }
    return true;
  }

  #hear(results: Results): void {
    this.#noteLanguage(results.languages[0]);
    const { end } = results;
    const text = this.#unsettledText(results);
    this.#line.mute.heard(end, !results.isFinal && text !== '');
    if (!results.isFinal) {
      this.#interim = text ? { text, end, confidence: results.confidence } : null;
      if (text) this.#partial([...this.#said, text], false);
      return;
    }

    this.#interim = null;
    this.#line.settle(end, text !== '');
    if (text) this.#final(text, results.confidence);
    if (this.#finishing && (results.fromFinalize || end + TOLERANCE_BYTES >= this.#finishing.until))
      this.#finished();
    else if (results.speechFinal) this.#paused(/[.?!。？！]$/.test(text));
  }

  /** What a `finish` without an answer has delivered already is not delivered again. */
  #unsettledText({ start, text, words }: Results): string {
    if (start + TOLERANCE_BYTES >= this.#line.settled) return text;
    const isNew = ({ start: from, end: to }: Word) =>
      ((from ?? start) + (to ?? from ?? start)) / 2 > this.#line.settled;
    return words
      .filter(isNew)
      .map(word => word.text)
      .join(' ');
  }

  #final(text: string, confidence: number): void {
    if (this.#finishing) {
      this.#finishing.texts.push(text);
      this.#finishing.confidence = Math.min(this.#finishing.confidence, confidence);
      return;
    }
    this.#said.push(text);
    this.#listener.final(text, confidence);
    if (!this.#endsTurns) this.#partial(this.#said, false);
  }

  /** Deepgram's endpointing has heard a pause. */
  #paused(soundsFinished: boolean): void {
    if (this.#finishing || this.#said.length === 0) return;
    if (this.#endsTurns) this.#turnEnded();
    else if (soundsFinished) this.#partial(this.#said, true);
  }

  /** No word for a second, whatever noise there is. */
  #utteranceEnded(): void {
    if (this.#finishing || this.#said.length === 0) return;
    if (this.#endsTurns) this.#turnEnded();
    else this.#partial(this.#said, true);
  }

  get #endsTurns(): boolean {
    return this.#options.turnsBy === 'deepgram';
  }

  #turnEnded(): void {
    this.#said = [];
    this.#listener.turnEnded?.();
  }

  #partial(texts: readonly string[], isComplete: boolean): void {
    const text = texts.join(' ');
    this.#listener.partial(text, isComplete || this.#isWhole(text));
  }

  #finalize(): void {
    this.#line.socket?.send(sdk => sdk.sendFinalize({ type: 'Finalize' }));
  }

  #finishWithoutAnswer(): void {
    const finishTimeoutMs = this.#options.finishTimeoutMs ?? defaults.finishTimeoutMs;
    const isUnanswered = this.#line.mute.waitingMs >= finishTimeoutMs;
    const pendingBytes = (this.#finishing?.until ?? 0) - this.#line.settled;
    const interim = this.#interim;
    this.#interim = null;
    if (interim && this.#finishing) {
      this.#finishing.texts.push(interim.text);
      this.#finishing.confidence = Math.min(this.#finishing.confidence, interim.confidence);
      this.#line.settle(interim.end);
    }
    this.#finished();
    if (pendingBytes > MAX_UNANSWERED_BYTES || isUnanswered) this.#line.mute.giveUp();
  }

  #finished(): void {
    if (!this.#finishing) return;
    const { texts, confidence, timer } = this.#finishing;
    this.#clock.clearTimeout(timer);
    this.#finishing = null;
    this.#said = [];
    this.#listener.final(texts.join(' '), texts.length > 0 ? confidence : 0);
  }

  #noteLanguage(language: string | undefined): void {
    if (!language || language === this.#language) return;
    this.#language = language;
    this.#listener.heardLanguage?.(language);
  }
}
