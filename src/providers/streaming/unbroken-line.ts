import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import type { ProviderError } from '../../../runtime/provider-error.ts';
import { AudioRing } from './audio-ring.ts';
import { BYTES_A_MS } from './audio-time.ts';
import { backoffMs } from './backoff.ts';
import { isHopeless, type Problem } from './fault.ts';
import { MuteWatch } from './mute-watch.ts';

/** A connection to a recogniser, from its dial to its one end. It is never opened again: a new one takes its place. */
export interface RecogniserSocket {
  readonly isOpen: boolean;
  /** Its own time begins at a position of the call. Once, when it has opened. */
  begin(position: number): void;
  /** Copies. */
  write(audio: Uint8Array): void;
  /** Without `ended`. */
  close(): void;
}

export interface SocketEvents {
  opened(): void;
  /** Exactly once, and not after `close()`. */
  ended(error: ProviderError): void;
}

export interface LineSettings {
  clock: Clock;
  random: () => number;
  connectTimeoutMs: number;
  /** How long the line may be without a sound socket before it is given up. */
  giveUpAfterMs: number;
  /** Audio that can be given again. */
  replayMs: number;
}

export interface LineOptions<Socket extends RecogniserSocket> extends LineSettings {
  problem: Problem;
  /** How long the service may say nothing while something is due. */
  muteAfterMs: number;
  dial(events: SocketEvents): Socket;
  /** A new socket has been given all audio that is not settled. */
  connected?(): void;
  /** The socket has gone; another is being dialled. */
  lost?(): void;
  /** Takes a sentence for the call's record. */
  explain: ((text: string) => void) | undefined;
  /** Once, and nothing after it. */
  failed(error: ProviderError): void;
}

const MAX_BACKOFF_MS = 2_000;
/** A socket that held for so long counts as sound; one that falls at once must not be dialled in a hot loop. */
const SOUND_AFTER_MS = 2_000;
/** Sockets in a row that fell mute while the caller spoke, with no word from any of them. */
const MAX_MUTE_SOCKETS = 2;
/** 80 ms: audio is given again in such pieces. */
const PIECE_BYTES = 80 * BYTES_A_MS;

/**
 * The caller's audio on its way to a recogniser, over one socket after another.
 *
 * Audio has a position: its byte in the call. What is settled (its words are delivered, or it has none) is forgotten; all
 * else stays in a ring and is given again, first of all, to the socket that takes a fallen one's place. So each word is
 * settled by exactly one socket. The ring is bounded: of unsettled audio older than `replayMs` the words are lost.
 */
export class UnbrokenLine<Socket extends RecogniserSocket> {
  readonly #options: LineOptions<Socket>;
  readonly #clock: Clock;
  readonly #ring: AudioRing;
  /** Is to be told of the voice, and of what the service says; a socket that owes something and is silent is replaced. */
  readonly mute: MuteWatch;
  #socket: Socket | null = null;
  #settled = 0;
  #attempt = 0;
  #muteSockets = 0;
  #isLastTrial = false;
  #isClosed = false;
  #lastError: ProviderError;
  #redialTimer: TimerHandle | null = null;
  #soundTimer: TimerHandle | null = null;
  #giveUpTimer: TimerHandle | null = null;

  constructor(options: LineOptions<Socket>) {
    this.#options = options;
    this.#clock = options.clock;
    this.#ring = new AudioRing(options.replayMs * BYTES_A_MS);
    this.#lastError = options.problem('timeout', 'no connection came about.');
    this.mute = new MuteWatch({
      clock: options.clock,
      afterMs: options.muteAfterMs,
      end: () => this.#ring.end,
      suspect: isSure => this.#suspectMute(isSure),
    });
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

  /** The one that is open. */
  get socket(): Socket | null {
    return this.#socket?.isOpen ? this.#socket : null;
  }

  write(audio: Uint8Array): void {
    if (this.#isClosed || audio.length === 0) return;
    this.#ring.write(audio);
    this.socket?.write(audio);
  }

  /** The audio before `position` has said all it will: words, or none. */
  settle(position: number, hasWords = false): void {
    if (hasWords) {
      this.#muteSockets = 0;
      this.mute.madeOut();
    }
    this.#settled = Math.max(this.#settled, Math.min(position, this.#ring.end));
    this.#ring.trim(this.#settled);
  }

  close(): void {
    this.#isClosed = true;
    this.mute.close();
    this.#socket?.close();
    this.#socket = null;
    for (const timer of [this.#redialTimer, this.#soundTimer, this.#giveUpTimer])
      if (timer !== null) this.#clock.clearTimeout(timer);
  }

  #dial(): void {
    this.#redialTimer = null;
    this.#socket = this.#options.dial({
      opened: () => this.#opened(),
      ended: error => this.#replace(error),
    });
  }

  #opened(): void {
    const base = Math.max(this.#settled, this.#ring.start);
    this.#socket?.begin(base);
    for (let at = base; at < this.#ring.end; at += PIECE_BYTES)
      this.#socket?.write(this.#ring.read(at, at + PIECE_BYTES));
    this.#soundTimer = this.#clock.setTimeout(() => this.#proveSound(), SOUND_AFTER_MS);
    this.mute.restart(this.#settled);
    this.#options.connected?.();
  }

  /** The socket is open but makes nothing of a voice: takes another. `isSure`: enough to give the line up for it. */
  #suspectMute(isSure: boolean): void {
    if (!this.socket) return;
    const error = this.#options.problem('timeout', 'speech was not answered.');
    if (++this.#muteSockets >= MAX_MUTE_SOCKETS && isSure) this.#fail(error);
    else this.#replace(error);
  }

  #replace(error: ProviderError): void {
    if (this.#isClosed) return;
    this.#lastError = error;
    this.#socket?.close();
    this.#socket = null;
    this.#soundTimer = this.#cancel(this.#soundTimer);
    if (isHopeless(error) || this.#isLastTrial) {
      this.#fail(error);
      return;
    }
    this.#armGiveUp();
    if (this.#attempt === 0) this.#options.explain?.(`${error.message} Another socket listens on.`);
    this.#options.lost?.();
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
      if (this.socket) this.#isLastTrial = true;
      else this.#fail(this.#lastError);
    }, this.#options.giveUpAfterMs);
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
