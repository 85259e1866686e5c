import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import { MU_LAW_SILENCE } from '../../../../runtime/media/mulaw.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { AudioRing } from '../../streaming/audio-ring.ts';
import { backoffMs } from '../../streaming/backoff.ts';
import { isHopeless, problem } from '../fault.ts';
import { AudioMap } from './audio-map.ts';
import { BYTES_A_MS } from './audio-time.ts';
import { Recogniser, type RecogniserSettings } from './recogniser.ts';
import type { Hypothesis, Phrase, Stretch } from './results.ts';

export interface LineSettings extends RecogniserSettings {
  random: () => number;
  /** How long the line may be without a sound socket before it is given up. */
  giveUpAfterMs: number;
}

/** All positions are bytes since the call began. */
export interface LineEvents {
  /** A new recogniser has been given all audio that is not settled. */
  connected(): void;
  heardVoice(): void;
  hypothesis(hypothesis: Hypothesis): void;
  /** `quietUntil`: up to here the service has heard no voice after the phrase. */
  phrase(phrase: Phrase, quietUntil: number): void;
  /** Once, and nothing after it. */
  failed(error: ProviderError): void;
}

const MAX_BACKOFF_MS = 2_000;
/** A socket that held for so long counts as sound; one that falls at once must not be dialled in a hot loop. */
const SOUND_AFTER_MS = 2_000;
/** Sockets in a row that opened and then stayed mute while the caller spoke. */
const MAX_MUTE_SOCKETS = 3;
/** The SDK sends audio in pieces of 100 ms, and keeps what does not fill one. */
const SDK_PIECE_BYTES = 100 * BYTES_A_MS;

/**
 * The caller's audio on its way to one recogniser after another.
 *
 * What is settled (its words are delivered, or it has none) is forgotten; all else stays in a ring and is given again,
 * first of all, to the recogniser that takes a fallen one's place. So each word is settled by exactly one. The ring is
 * bounded: of unsettled audio older than `replayMs` the words are lost.
 */
export class UnbrokenLine {
  readonly #settings: LineSettings;
  readonly #clock: Clock;
  readonly #events: LineEvents;
  readonly #ring: AudioRing;
  #phrases: readonly string[];
  #recogniser: Recogniser | null = null;
  #map = new AudioMap(0);
  #settled = 0;
  #attempt = 0;
  #mute = 0;
  #isLastTrial = false;
  #isClosed = false;
  #lastError: ProviderError = problem('timeout', 'no connection came about.');
  #redialTimer: TimerHandle | null = null;
  #soundTimer: TimerHandle | null = null;
  #giveUpTimer: TimerHandle | null = null;

  constructor(settings: LineSettings, phrases: readonly string[], events: LineEvents) {
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#events = events;
    this.#phrases = phrases;
    this.#ring = new AudioRing(settings.replayMs * BYTES_A_MS);
    this.#armGiveUp();
    this.#dial();
  }

  /** Position behind the newest audio. */
  get end(): number {
    return this.#ring.end;
  }

  /** Position up to which nothing will be heard again. */
  get settled(): number {
    return this.#settled;
  }

  get isOpen(): boolean {
    return this.#recogniser?.isOpen === true;
  }

  write(audio: Uint8Array): void {
    if (this.#isClosed || audio.length === 0) return;
    this.#ring.write(audio);
    this.#give(audio);
  }

  /** Puts in silence, so that what was spoken is taken for finished. */
  pad(ms: number): void {
    if (!this.isOpen) return;
    const bytes = Math.ceil((ms * BYTES_A_MS) / SDK_PIECE_BYTES + 1) * SDK_PIECE_BYTES;
    this.#recogniser?.write(new Uint8Array(bytes).fill(MU_LAW_SILENCE));
    this.#map.pad(bytes);
  }

  expect(phrases: readonly string[]): void {
    this.#phrases = phrases;
    this.#recogniser?.expect(phrases);
  }

  /** The audio before `position` has said all it will. */
  settle(position: number): void {
    this.#settled = Math.max(this.#settled, Math.min(position, this.#ring.end));
    this.#ring.trim(this.#settled);
  }

  /** The socket is open but says nothing to a voice: takes another. */
  suspectMute(): void {
    if (!this.isOpen) return;
    const error = problem('timeout', 'speech was not answered.');
    if (++this.#mute >= MAX_MUTE_SOCKETS) this.#fail(error);
    else this.#replace(error);
  }

  close(): void {
    this.#isClosed = true;
    this.#recogniser?.close();
    this.#recogniser = null;
    for (const timer of [this.#redialTimer, this.#soundTimer, this.#giveUpTimer])
      if (timer !== null) this.#clock.clearTimeout(timer);
  }

  #dial(): void {
    this.#redialTimer = null;
    this.#recogniser = new Recogniser(this.#settings, this.#phrases, {
      opened: () => this.#opened(),
      heardVoice: () => {
        this.#mute = 0;
        this.#events.heardVoice();
      },
      hypothesis: hypothesis => {
        this.#mute = 0;
        this.#events.hypothesis({ ...hypothesis, ...this.#inCall(hypothesis) });
      },
      phrase: phrase => this.#hearPhrase(phrase),
      ended: error => this.#replace(error),
    });
  }

  #hearPhrase(phrase: Phrase): void {
    this.#mute = 0;
    const words = phrase.words.map(word => ({ ...word, ...this.#inCall(word) }));
    const quietUntil = this.#map.positionAt(phrase.end + this.#settings.segmentationSilenceMs * BYTES_A_MS);
    this.#events.phrase({ ...phrase, ...this.#inCall(phrase), words }, quietUntil);
  }

  #inCall({ start, end }: Stretch): Stretch {
    return { start: this.#map.positionAt(start), end: this.#map.positionAt(end) };
  }

  #opened(): void {
    const base = Math.max(this.#settled, this.#ring.start);
    this.#map = new AudioMap(base);
    this.#give(this.#ring.read(base, this.#ring.end));
    this.#soundTimer = this.#clock.setTimeout(() => this.#proveSound(), SOUND_AFTER_MS);
    this.#events.connected();
  }

  #give(audio: Uint8Array): void {
    if (!this.isOpen || audio.length === 0) return;
    this.#recogniser?.write(audio);
    this.#map.give(audio.length);
  }

  #replace(error: ProviderError): void {
    if (this.#isClosed) return;
    this.#lastError = error;
    this.#recogniser?.close();
    this.#recogniser = null;
    this.#soundTimer = this.#cancel(this.#soundTimer);
    if (isHopeless(error) || this.#isLastTrial) {
      this.#fail(error);
      return;
    }
    this.#armGiveUp();
    const delayMs = backoffMs(this.#attempt++, MAX_BACKOFF_MS, this.#settings.random);
    if (delayMs === 0) this.#dial();
    else this.#redialTimer = this.#clock.setTimeout(() => this.#dial(), delayMs);
  }

  #proveSound(): void {
    this.#soundTimer = null;
    this.#attempt = 0;
    this.#isLastTrial = false;
    this.#giveUpTimer = this.#cancel(this.#giveUpTimer);
  }

  #armGiveUp(): void {
    this.#giveUpTimer ??= this.#clock.setTimeout(() => {
      this.#giveUpTimer = null;
      // An open socket has its trial still before it, and it is the last one.
      if (this.isOpen) this.#isLastTrial = true;
      else this.#fail(this.#lastError);
    }, this.#settings.giveUpAfterMs);
  }

  #fail(error: ProviderError): void {
    if (this.#isClosed) return;
    this.close();
    this.#events.failed(error);
  }

  #cancel(timer: TimerHandle | null): null {
    if (timer !== null) this.#clock.clearTimeout(timer);
    return null;
  }
}
