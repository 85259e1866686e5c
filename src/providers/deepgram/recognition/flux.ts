import type { DeepgramClient } from '@deepgram/sdk';
import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type {
  RecognitionListener,
  RecognitionOptions,
  RecognitionStream,
} from '../../../../runtime/ports.ts';
import { BYTES_A_SECOND } from '../../streaming/audio-time.ts';
import { keytermsOf, wholePhrase } from '../../streaming/expected-phrases.ts';
import { type LineSettings, UnbrokenLine } from '../../streaming/unbroken-line.ts';
import { retentionOf } from '../client.ts';
import { problem } from '../fault.ts';
import { type Message, sdkTimeoutS } from '../socket.ts';
import { ListenSocket } from './listen-socket.ts';
import { type PositionAt, readTurnInfo, type TurnInfo, type Word } from './messages.ts';
import { type DeepgramRecognitionOptions, defaults } from './options.ts';

type Sdk = Awaited<ReturnType<DeepgramClient['listen']['v2']['connect']>>;

/** 80 ms: four frames of the carrier's. */
const CHUNK_BYTES = 640;
/** Silence is settled except for what a word may have begun in. */
const PRE_ROLL_BYTES = 2 * BYTES_A_SECOND;
/** It sends an `Update` every quarter of a second of audio. */
const MUTE_AFTER_MS = 2_000;
const MULTILINGUAL = 'flux-general-multi';

/**
 * Flux on `/v2/listen`: it tells turns, and takes a guess at their end back when the caller goes on. There is no Finalize:
 * `finish` waits for the turn's end for a while and then takes the latest words.
 */
export class FluxStream implements RecognitionStream {
  readonly #clock: Clock;
  readonly #listener: RecognitionListener;
  readonly #options: DeepgramRecognitionOptions;
  readonly #line: UnbrokenLine<ListenSocket<Sdk>>;
  #phrases: readonly string[];
  #isWhole: (text: string) => boolean;
  /** The turn that is open, as last told. */
  #turn: TurnInfo | null = null;
  /** Its words that `finish` has delivered ahead of its end. */
  #taken = 0;
  /** The keyterms that the present socket knows. */
  #configured: readonly string[] = [];
  #isEager = false;
  #finishTimer: TimerHandle | null = null;
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
            dial: () => client.listen.v2.connect(this.#query(call.language, settings.connectTimeoutMs)),
            isGreeting: message => message.type === 'Connected',
            chunkBytes: CHUNK_BYTES,
            sendAudio: (sdk, audio) => sdk.sendMedia(audio),
            // Flux has no KeepAlive message, and silence of ours would shift its time.
            keepAlive: sdk => ping(sdk),
            message: (message, positionAt) => this.#receive(message, positionAt),
          },
          events,
        ),
      connected: () => this.#configure(),
      lost: () => this.#lost(),
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
    if (this.#finishTimer !== null) return;
    // Nothing to send but what waits for its chunk to fill.
    this.#line.socket?.send(() => {});
    this.#finishTimer = this.#clock.setTimeout(
      () => this.#finishWithoutEnd(),
      this.#options.finishTimeoutMs ?? defaults.finishTimeoutMs,
    );
  }

  expect(phrases: readonly string[]): void {
    this.#phrases = phrases;
    this.#isWhole = wholePhrase(phrases);
    this.#configure();
  }

  close(): void {
    this.#cancelFinish();
    this.#line.socket?.send(sdk => sdk.sendCloseStream({ type: 'CloseStream' }));
    this.#line.close();
  }

  #configure(): void {
    const keyterms = this.#keyterms();
    if (keyterms.join() === this.#configured.join()) return;
    if (this.#line.socket?.send(sdk => sdk.sendConfigure({ type: 'Configure', keyterms })))
      this.#configured = keyterms;
  }

  #query(language: string, connectTimeoutMs: number) {
    const options = this.#options;
    const keyterm = this.#keyterms();
    this.#configured = keyterm;
    const eager =
      options.eagerEndOfTurnThreshold === undefined
        ? defaults.eagerEndOfTurnThreshold
        : options.eagerEndOfTurnThreshold;
    const model = options.model ?? MULTILINGUAL;
    return {
      model,
      encoding: 'mulaw' as const,
      sample_rate: BYTES_A_SECOND,
      ...retentionOf(options),
      eot_threshold: options.endOfTurnThreshold ?? defaults.endOfTurnThreshold,
      eot_timeout_ms: options.endOfTurnTimeoutMs ?? defaults.endOfTurnTimeoutMs,
      ...(eager === null ? {} : { eager_eot_threshold: eager }),
      ...(keyterm.length > 0 ? { keyterm } : {}),
      ...(model === MULTILINGUAL && !options.detectLanguage ? { language_hint: primary(language) } : {}),
      reconnectAttempts: 0,
      connectionTimeoutInSeconds: sdkTimeoutS(connectTimeoutMs),
    };
  }

  #keyterms(): string[] {
    return keytermsOf(this.#phrases, this.#options.keyterms);
  }

  #receive(message: Message, positionAt: PositionAt): boolean {
    // After a fatal `Error` the socket is closed, and replaced like any other.
    if (message.type !== 'TurnInfo') return true;
    const info = readTurnInfo(message, positionAt);
    if (!info) return false;
    this.#hear(info);
    this.#line.mute.heard(info.windowEnd, this.#turn !== null);
    return true;
  }

  #hear(info: TurnInfo): void {
    this.#noteLanguage(info.languages[0]);
    if (info.event === 'EndOfTurn') {
      this.#endTurn(info);
      return;
    }
    if (info.text) this.#turn = info;
    else if (!this.#turn) this.#line.settle(info.windowEnd - PRE_ROLL_BYTES);

    const text = this.#rest(info);
    if (info.event === 'StartOfTurn') this.#listener.heardVoice?.();
    if (info.event === 'EagerEndOfTurn' && text) {
      this.#isEager = true;
      this.#listener.partial(text, true);
      this.#listener.turnMayHaveEnded?.(text);
    } else if (info.event === 'TurnResumed') this.#resume();
    else if (text) this.#listener.partial(text, this.#isWhole(text));
  }

  #endTurn(info: TurnInfo): void {
    const text = this.#rest(info);
    const wasTaken = this.#taken > 0;
    const confidence = meanConfidence(info.words.slice(this.#taken));
    this.#forgetTurn();
    this.#line.settle(info.windowEnd, text !== '');
    if (this.#finishTimer !== null) {
      this.#finish(text, confidence);
      return;
    }
    if (!text && wasTaken) return;
    this.#listener.final(text, confidence);
    this.#listener.turnEnded?.();
  }

  #finishWithoutEnd(): void {
    const turn = this.#turn;
    const text = turn ? this.#rest(turn) : '';
    const confidence = turn ? meanConfidence(turn.words.slice(this.#taken)) : 0;
    if (turn && text) {
      this.#taken = wordsOf(turn).length;
      this.#line.settle(turn.words.at(-1)?.end ?? turn.windowEnd);
    }
    this.#finish(text, confidence);
  }

  #finish(text: string, confidence: number): void {
    this.#cancelFinish();
    this.#isEager = false;
    this.#listener.final(text, text ? confidence : 0);
  }

  /** The next socket hears the open turn anew, and may end it with other words than were guessed. */
  #lost(): void {
    this.#resume();
    this.#taken = 0;
  }

  #resume(): void {
    if (!this.#isEager) return;
    this.#isEager = false;
    this.#listener.turnResumed?.();
  }

  #forgetTurn(): void {
    this.#turn = null;
    this.#taken = 0;
    this.#isEager = false;
  }

  #rest(info: TurnInfo): string {
    return this.#taken === 0 ? info.text : wordsOf(info).slice(this.#taken).join(' ');
  }

  #cancelFinish(): void {
    if (this.#finishTimer !== null) this.#clock.clearTimeout(this.#finishTimer);
    this.#finishTimer = null;
  }

  #noteLanguage(language: string | undefined): void {
    if (!language || language === this.#language) return;
    this.#language = language;
    this.#listener.heardLanguage?.(language);
  }
}

/** The SDK's socket has a `ping` that its types do not tell. */
function ping(sdk: object): void {
  if ('ping' in sdk && typeof sdk.ping === 'function') sdk.ping();
}

function wordsOf({ text, words }: TurnInfo): string[] {
  const spoken = text.split(/\s+/).filter(Boolean);
  // The transcript has the punctuation; the words stand in where the two do not match.
  return spoken.length === words.length ? spoken : words.map(word => word.text);
}

function meanConfidence(words: readonly Word[]): number {
  if (words.length === 0) return 0;
  return words.reduce((sum, { confidence }) => sum + confidence, 0) / words.length;
}

function primary(language: string): string {
  return language.split('-')[0] ?? language;
}
