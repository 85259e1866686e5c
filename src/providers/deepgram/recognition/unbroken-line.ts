import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { AudioRing } from '../../streaming/audio-ring.ts';
import { backoffMs } from '../../streaming/backoff.ts';
import { errorOfEnd, isHopeless, problem } from '../fault.ts';
import { DeepgramSocket, type Message, type SdkSocket } from '../socket.ts';

export interface LineSettings {
  clock: Clock;
  random: () => number;
  connectTimeoutMs: number;
  /** How long the line may be without a sound socket before it is given up. */
  giveUpAfterMs: number;
  /** Audio that can be replayed. */
  replayMs: number;
}

export interface LineOptions<Sdk extends SdkSocket> extends LineSettings {
  dial(): Promise<Sdk>;
  isGreeting?: (message: Message) => boolean;
  /** Bytes a message; audio is gathered until there are so many. 1: sent as it comes. */
  chunkBytes: number;
  sendAudio(sdk: Sdk, audio: Uint8Array): void;
  keepAlive(sdk: Sdk): void;
  /** A new socket has been given all audio that is not settled. */
  connected(): void;
  /** False: the message could not be read, so something may be missing. */
  message(message: Message): boolean;
  /** The socket has gone; another is being dialled. */
  lost(): void;
  /** Takes a sentence for the call's record. */
  explain?: ((text: string) => void) | undefined;
  /** Once, and nothing after it. */
  failed(error: ProviderError): void;
}

export const BYTES_A_SECOND = 8_000;
const BYTES_A_MS = 8;
/** Deepgram closes a socket that is silent for 10 s. */
const KEEP_ALIVE_MS = 4_000;
/** 80 ms, as Flux likes it. */
const REPLAY_BYTES = 640;
const MAX_BACKOFF_MS = 2_000;
/** A socket that held for so long counts as sound; one that falls at once must not be dialled in a hot loop. */
const SOUND_AFTER_MS = 2_000;
/** Sockets that fell mute while the caller spoke, with no word from any of them. */
const MAX_MUTE_SOCKETS = 2;

/**
 * The caller's audio on its way to a recogniser, over one socket after another.
 *
 * Audio has a position: its byte in the call. Each socket counts its own time from 0, at the position where its audio
 * began. What is settled (its words are delivered, or it has none) is forgotten; all else stays in a ring and is sent
 * again, first of all, to the socket that takes a fallen one's place. So each word is settled by exactly one socket.
 * The ring is bounded: of unsettled audio older than `replayMs` the words are lost.
 */
export class UnbrokenLine<Sdk extends SdkSocket> {
  readonly #options: LineOptions<Sdk>;
  readonly #clock: Clock;
  readonly #ring: AudioRing;
  #socket: DeepgramSocket<Sdk> | null = null;
  /** Where the present socket's time begins. */
  #base = 0;
  #sent = 0;
  #settled = 0;
  #attempt = 0;
  #mute = 0;
  #isLastTrial = false;
  #isClosed = false;
  #lastSentMs: number;
  #lastError: ProviderError = problem('timeout', 'no connection came about.');
  #redialTimer: TimerHandle | null = null;
  #soundTimer: TimerHandle | null = null;
  #giveUpTimer: TimerHandle | null = null;
  #keepAliveTimer: TimerHandle | null = null;

  constructor(options: LineOptions<Sdk>) {
    this.#options = options;
    this.#clock = options.clock;
    this.#ring = new AudioRing(options.replayMs * BYTES_A_MS);
    this.#lastSentMs = options.clock.now();
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

  write(audio: Uint8Array): void {
    if (this.#isClosed || audio.length === 0) return;
    this.#ring.write(audio);
    if (this.#socket?.isOpen && this.#ring.end - this.#sent >= this.#options.chunkBytes)
      this.#sendUpTo(this.#ring.end);
  }

  /** Sends what has been gathered, and then what `put` says. Returns whether there was a socket. */
  send(put: (sdk: Sdk) => void): boolean {
    if (!this.#socket?.isOpen) return false;
    this.#sendUpTo(this.#ring.end);
    return this.#socket.send(put);
  }

  /** Position of a time on the present socket. */
  positionAt(seconds: number): number {
    return this.#base + Math.round(seconds * BYTES_A_SECOND);
  }

  /** The audio before `position` has said all it will: words, or none. */
  settle(position: number, hasWords = false): void {
    if (hasWords) this.#mute = 0;
    this.#settled = Math.max(this.#settled, Math.min(position, this.#ring.end));
    this.#ring.trim(this.#settled);
  }

  /** The socket is open but says nothing to a voice: takes another. */
  suspectMute(): void {
    if (!this.#socket?.isOpen) return;
    if (++this.#mute >= MAX_MUTE_SOCKETS) this.#fail(problem('timeout', 'speech was not answered.'));
    else this.#replace(problem('timeout', 'speech was not answered.'));
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
    this.#socket = null;
    for (const timer of [this.#redialTimer, this.#soundTimer, this.#giveUpTimer, this.#keepAliveTimer])
      if (timer !== null) this.#clock.clearTimeout(timer);
  }

  #dial(): void {
    this.#redialTimer = null;
    const { clock, connectTimeoutMs, dial, isGreeting } = this.#options;
    const socket: DeepgramSocket<Sdk> = new DeepgramSocket<Sdk>({
      clock,
      connectTimeoutMs,
      dial,
      ...(isGreeting ? { isGreeting } : {}),
      opened: () => this.#opened(),
      message: message => this.#receive(message),
      ended: end => this.#replace(errorOfEnd(end)),
    });
    this.#socket = socket;
  }

  #opened(): void {
    this.#base = Math.max(this.#settled, this.#ring.start);
    this.#sent = this.#base;
    while (this.#ring.end - this.#sent > REPLAY_BYTES) this.#sendUpTo(this.#sent + REPLAY_BYTES);
    this.#sendUpTo(this.#ring.end);
    this.#soundTimer = this.#clock.setTimeout(() => this.#proveSound(), SOUND_AFTER_MS);
    this.#armKeepAlive(KEEP_ALIVE_MS);
    this.#options.connected();
  }

  #sendUpTo(position: number): void {
    if (position <= this.#sent) return;
    // A copy: the SDK's socket may hold on to what it is given.
    const audio = this.#ring.read(this.#sent, position);
    this.#sent = position;
    if (audio.length === 0) return;
    this.#socket?.send(sdk => this.#options.sendAudio(sdk, audio));
    this.#lastSentMs = this.#clock.now();
  }

  #receive(message: Message | null): void {
    if (message === null || !this.#options.message(message))
      this.#replace(problem('broken', 'a message could not be read.'));
  }

  #replace(error: ProviderError): void {
    if (this.#isClosed) return;
    this.#lastError = error;
    this.#socket?.close();
    this.#socket = null;
    this.#soundTimer = this.#cancel(this.#soundTimer);
    this.#keepAliveTimer = this.#cancel(this.#keepAliveTimer);
    if (isHopeless(error) || this.#isLastTrial) {
      this.#fail(error);
      return;
    }
    this.#armGiveUp();
    if (this.#attempt === 0) this.#options.explain?.(`${error.message} Another socket listens on.`);
    this.#options.lost();
    const delayMs = Math.max(
      backoffMs(this.#attempt++, MAX_BACKOFF_MS, this.#options.random),
      this.#attempt > 1 ? (error.retryAfterMs ?? 0) : 0,
    );
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
      if (this.#socket?.isOpen) this.#isLastTrial = true;
      else this.#fail(this.#lastError);
    }, this.#options.giveUpAfterMs);
  }

  #armKeepAlive(delayMs: number): void {
    this.#keepAliveTimer = this.#clock.setTimeout(() => {
      const quietMs = this.#clock.now() - this.#lastSentMs;
      if (quietMs >= KEEP_ALIVE_MS) {
        this.#socket?.send(sdk => this.#options.keepAlive(sdk));
        this.#armKeepAlive(KEEP_ALIVE_MS);
      } else this.#armKeepAlive(KEEP_ALIVE_MS - quietMs);
    }, delayMs);
  }

  #fail(error: ProviderError): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.failed(error);
  }

  #cancel(timer: TimerHandle | null): null {
    if (timer !== null) this.#clock.clearTimeout(timer);
    return null;
  }
}
