import type { Clock } from '../../../../runtime/clock.ts';
import type { Synthesis, SynthesisOptions, SynthesisStream } from '../../../../runtime/ports.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { backoffMs } from '../../streaming/backoff.ts';
import { cutText } from '../../streaming/pieces.ts';
import type { AzureSpeechAccess } from '../access.ts';
import { isHopeless, problem } from '../fault.ts';
import { azureSpeechLanguage, azureSpeechVoice } from '../voices.ts';
import type { AudioLimits } from './audio-queue.ts';
import { speakByRequest } from './speak-request.ts';
import { ssmlOf } from './ssml.ts';
import { VoiceLine } from './voice-line.ts';

export interface AzureSpeechSynthesisOptions extends AzureSpeechAccess {
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

/** Of one request; the service makes ten minutes of audio at most. */
const MAX_CHARS = 3_000;
const MAX_REQUESTS = 2;
/** The caller is waiting: a provider that asks for more is given up. */
const MAX_RETRY_AFTER_MS = 1_000;

/**
 * Speech by Azure's neural voices: sentence by sentence over a socket that is opened with the call, and over HTTP while there
 * is none.
 *
 * A sentence that breaks off is asked for again over HTTP, and as much time of the new audio is left out as the caller has
 * been given of the old. That both are equal sample by sample is not promised, so the seam may be heard.
 */
export function openAzureSpeechSynthesis(options: AzureSpeechSynthesisOptions): Synthesis {
  const streams = new Set<VoiceStream>();
  return {
    name: 'azure-speech',
    open(call) {
      const stream = new VoiceStream(options, call);
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

class VoiceStream implements SynthesisStream {
  readonly #options: AzureSpeechSynthesisOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #socketWaitMs: number;
  readonly #voice: string;
  readonly #language: string;
  readonly #limits: AudioLimits;
  readonly #line: VoiceLine;
  readonly #closing = new AbortController();

  constructor(options: AzureSpeechSynthesisOptions, { voice, language }: SynthesisOptions) {
    const speaks = azureSpeechVoice(voice, language);
    if (speaks === null)
      throw problem('invalid', `Azure does not speak ${language}; choose another synthesis for this call.`);
    this.#options = options;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#socketWaitMs = options.socketWaitMs ?? 500;
    this.#voice = speaks;
    this.#language = azureSpeechLanguage(language)?.locale ?? language;
    this.#limits = {
      firstAudioTimeoutMs: options.firstAudioTimeoutMs ?? 1_500,
      stallTimeoutMs: options.stallTimeoutMs ?? 1_500,
    };
    this.#line = new VoiceLine({
      ...options,
      random: this.#random,
      connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
      limits: this.#limits,
    });
  }

  async *speak(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    // No audio is made of what has no words in it.
    if (!/[\p{L}\p{N}]/u.test(text)) return;
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    for (const piece of cutText(text, MAX_CHARS)) {
      if (stop.aborted) return;
      yield* this.#speakPiece(ssmlOf({ text: piece, voice: this.#voice, language: this.#language }), stop);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#line.close();
  }

  async *#speakPiece(ssml: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const isReady = await this.#line.isReady(this.#socketWaitMs, signal);
    if (signal.aborted) return;
    let givenBytes = 0;
    if (isReady) {
      try {
        for await (const audio of this.#line.speak(ssml, signal)) {
          givenBytes += audio.length;
          yield audio;
        }
        return;
      } catch {
        // The reason does not matter: the request that follows meets it too, or does not.
      }
    }

    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const request = { ...this.#options, ssml, limits: this.#limits };
        for await (const audio of without(givenBytes, speakByRequest(request, signal))) {
          givenBytes += audio.length;
          yield audio;
        }
        return;
      } catch (error) {
        await this.#pauseOrThrow(error as ProviderError, tries, signal);
      }
    }
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
