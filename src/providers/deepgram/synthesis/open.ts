import type { DeepgramClient } from '@deepgram/sdk';
import type { Clock } from '../../../../runtime/clock.ts';
import type { Synthesis, SynthesisOptions, SynthesisStream } from '../../../../runtime/ports.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { backoffMs } from '../../streaming/backoff.ts';
import { cutText } from '../../streaming/pieces.ts';
import { type DeepgramAccess, openClient } from '../client.ts';
import { isHopeless, problem } from '../fault.ts';
import { auraModel } from '../voices.ts';
import type { AudioLimits } from './audio-queue.ts';
import { speakByRequest } from './speak-request.ts';
import { SpeakSocket } from './speak-socket.ts';

export interface DeepgramSynthesisOptions extends DeepgramAccess {
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

/** Of one Speak, and of one request. */
const MAX_CHARS = 2_000;
const MAX_REQUESTS = 2;
/** The caller is waiting: a provider that asks for more is given up. */
const MAX_RETRY_AFTER_MS = 1_000;

/**
 * Speech by Deepgram's Aura-2: sentence by sentence over a socket that is opened with the call, and over HTTP while there is no
 * socket or its rate is used up.
 *
 * A sentence that breaks off is asked for again over HTTP, and as much time of the new audio is left out as the caller has
 * been given of the old. Both are made by one model from one text, so they run nearly alike; that they are equal sample by
 * sample is not promised by Deepgram, so the seam may be heard, and a syllable beside it may be shortened or doubled.
 */
export function openDeepgramSynthesis(options: DeepgramSynthesisOptions): Synthesis {
  const client = openClient(options);
  const streams = new Set<AuraStream>();
  return {
    name: 'deepgram aura-2',
    open(call) {
      const stream = new AuraStream(client, options, call);
      streams.add(stream);
      return {
        speak: (text, signal) => stream.speak(text, signal),
        close: () => {
          streams.delete(stream);
          stream.close();
        },
      };
    },
    async close() {
      for (const stream of streams) stream.close();
      streams.clear();
    },
  };
}

class AuraStream implements SynthesisStream {
  readonly #client: DeepgramClient;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #socketWaitMs: number;
  readonly #model: string;
  readonly #limits: AudioLimits;
  readonly #socket: SpeakSocket;
  readonly #closing = new AbortController();
  readonly #explain: SynthesisOptions['explain'];
  #isSocketMissed = false;

  constructor(client: DeepgramClient, options: DeepgramSynthesisOptions, call: SynthesisOptions) {
    const model = auraModel(call.voice, call.language);
    if (model === null)
      throw problem(
        'invalid',
        `Aura does not speak ${call.language}; choose another synthesis for this call.`,
      );
    this.#client = client;
    this.#explain = call.explain;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#socketWaitMs = options.socketWaitMs ?? 500;
    this.#model = model;
    this.#limits = {
      firstAudioTimeoutMs: options.firstAudioTimeoutMs ?? 1_500,
      stallTimeoutMs: options.stallTimeoutMs ?? 1_500,
    };
    this.#socket = new SpeakSocket({
      client,
      model,
      clock: options.clock,
      random: this.#random,
      connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
      limits: this.#limits,
    });
  }

  async *speak(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    // Aura makes no audio of what has no words in it, and refuses it as a request.
    if (!/[\p{L}\p{N}]/u.test(text)) return;
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    for (const piece of cutText(text, MAX_CHARS)) {
      if (stop.aborted) return;
      yield* this.#speakPiece(piece, stop);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#socket.close();
  }

  async *#speakPiece(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const isReady = await this.#socket.isReady(text, this.#socketWaitMs, signal);
    if (signal.aborted) return;
    let givenBytes = 0;
    if (isReady) {
      try {
        for await (const audio of this.#socket.speak(text, signal)) {
          givenBytes += audio.length;
          yield audio;
        }
        this.#isSocketMissed = false;
        return;
      } catch (error) {
        this.#missSocket((error as Error).message);
      }
    } else this.#missSocket('deepgram: no socket was ready.');

    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const request = { model: this.#model, text, clock: this.#clock, limits: this.#limits };
        for await (const audio of without(givenBytes, speakByRequest(this.#client, request, signal))) {
          givenBytes += audio.length;
          yield audio;
        }
        return;
      } catch (error) {
        await this.#pauseOrThrow(error as ProviderError, tries, signal);
      }
    }
  }

  /** Once, however many sentences it concerns. */
  #missSocket(why: string): void {
    if (!this.#isSocketMissed) this.#explain?.(`${why} Asked for over HTTP instead.`);
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
