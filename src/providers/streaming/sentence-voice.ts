import type { Clock } from '../../../runtime/clock.ts';
import type { SynthesisOptions, SynthesisStream } from '../../../runtime/ports.ts';
import type { ProviderError } from '../../../runtime/provider-error.ts';
import type { AudioQueueOptions } from './audio-queue.ts';
import { backoffMs } from './backoff.ts';
import { isHopeless, type Problem } from './fault.ts';
import { cutText } from './pieces.ts';

export interface SentenceVoiceOptions {
  clock: Clock;
  /** Default 3,000. */
  connectTimeoutMs?: number;
  /** How long a sentence waits for a socket that is being opened, before it is asked for over HTTP. Default 500. */
  socketWaitMs?: number;
  /** Default 1,500. */
  firstAudioTimeoutMs?: number;
  /** Default 1,500. */
  stallTimeoutMs?: number;
  /** For jitter. Default `Math.random`. */
  random?: () => number;
}

/** What a socket for sentences is opened with. */
export interface VoiceSettings {
  clock: Clock;
  random: () => number;
  connectTimeoutMs: number;
  audio: AudioQueueOptions;
}

/** A socket kept open through a call. */
export interface VoiceSocket {
  /** Whether a text can be spoken here. Waits for a socket that is being opened, but not for one that has failed. */
  isReady(waitMs: number, signal: AbortSignal, text: string): Promise<boolean>;
  /** Throws `ProviderError` when the socket fails before the text is whole. */
  speak(text: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): void;
}

/** A provider's two ways to speak a text. */
export interface VoiceWays {
  socket: VoiceSocket;
  /** Asks for a text over HTTP. Throws `ProviderError`. */
  request(text: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Of one text. */
  maxChars: number;
}

const SOCKET_WAIT_MS = 500;
const MAX_REQUESTS = 2;
/** The caller is waiting: a provider that asks for more is given up. */
const MAX_RETRY_AFTER_MS = 1_000;

export function voiceSettings(options: SentenceVoiceOptions, problem: Problem): VoiceSettings {
  const { clock } = options;
  return {
    clock,
    random: options.random ?? Math.random,
    connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
    audio: {
      clock,
      problem,
      firstAudioTimeoutMs: options.firstAudioTimeoutMs ?? 1_500,
      stallTimeoutMs: options.stallTimeoutMs ?? 1_500,
    },
  };
}

/**
 * Speaks sentence by sentence over a socket that is opened with the call, and over HTTP while there is none.
 *
 * A sentence that breaks off is asked for again over HTTP, and as much time of the new audio is left out as the caller has
 * been given of the old. Both are made by one model from one text, so they run nearly alike; that they are equal sample by
 * sample is not promised by anybody, so the seam may be heard, and a syllable beside it may be shortened or doubled.
 */
export class SentenceVoice implements SynthesisStream {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #socketWaitMs: number;
  readonly #problem: Problem;
  readonly #ways: VoiceWays;
  readonly #explain: SynthesisOptions['explain'];
  readonly #closing = new AbortController();
  #isSocketMissed = false;

  constructor(
    options: SentenceVoiceOptions,
    { audio, clock, random }: VoiceSettings,
    ways: VoiceWays,
    explain: SynthesisOptions['explain'],
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#socketWaitMs = options.socketWaitMs ?? SOCKET_WAIT_MS;
    this.#problem = audio.problem;
    this.#ways = ways;
    this.#explain = explain;
  }

  async *speak(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    // No audio is made of what has no words in it.
    if (!/[\p{L}\p{N}]/u.test(text)) return;
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    for (const piece of cutText(text, this.#ways.maxChars)) {
      if (stop.aborted) return;
      yield* this.#speakPiece(piece, stop);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#ways.socket.close();
  }

  async *#speakPiece(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const { socket, request } = this.#ways;
    const isReady = await socket.isReady(this.#socketWaitMs, signal, text);
    if (signal.aborted) return;
    let givenBytes = 0;
    if (isReady) {
      try {
        for await (const audio of socket.speak(text, signal)) {
          givenBytes += audio.length;
          yield audio;
        }
        this.#isSocketMissed = false;
        return;
      } catch (error) {
        this.#missSocket(error as ProviderError);
      }
    } else this.#missSocket(this.#problem('unavailable', 'no socket was ready.'));

    for (let tries = 1; !signal.aborted; tries++) {
      try {
        for await (const audio of without(givenBytes, request(text, signal))) {
          givenBytes += audio.length;
          yield audio;
        }
        return;
      } catch (error) {
        await this.#pauseOrThrow(error as ProviderError, tries, signal);
      }
    }
  }

  /** Told once, however many sentences it concerns. */
  #missSocket({ message }: ProviderError): void {
    if (!this.#isSocketMissed) this.#explain?.(`${message} Asked for over HTTP instead.`);
    this.#isSocketMissed = true;
  }

  async #pauseOrThrow(error: ProviderError, tries: number, signal: AbortSignal): Promise<void> {
    const delayMs = error.retryAfterMs ?? backoffMs(tries, MAX_RETRY_AFTER_MS, this.#random);
    if (tries >= MAX_REQUESTS || isHopeless(error) || delayMs > MAX_RETRY_AFTER_MS) throw error;
    await new Promise<void>(resolve => {
      const timer = this.#clock.setTimeout(resolve, delayMs);
      const onAbort = () => {
        this.#clock.clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** Leaves out the first bytes. */
async function* without(
  skippedBytes: number,
  audio: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let left = skippedBytes;
  for await (const piece of audio) {
    const rest = piece.subarray(Math.min(left, piece.length));
    left -= piece.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}
