import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { AudioQueue } from '../../streaming/audio-queue.ts';
import type { VoiceSettings, VoiceSocket } from '../../streaming/sentence-voice.ts';
import { WarmSocket } from '../../streaming/warm-socket.ts';
import type { AzureSpeechAccess } from '../access.ts';
import { problem } from '../fault.ts';
import { Synthesiser } from './synthesiser.ts';

export interface VoiceLineOptions extends VoiceSettings {
  access: AzureSpeechAccess;
  toSsml(text: string): string;
}

/**
 * A synthesiser kept open through a call. There is no way to take a sentence back that is known to be heeded, so one that
 * is cut short costs its socket; the next is open before the caller has done speaking.
 */
export class VoiceLine implements VoiceSocket {
  readonly #options: VoiceLineOptions;
  readonly #warm: WarmSocket<Synthesiser>;
  #queue: AudioQueue | null = null;

  constructor(options: VoiceLineOptions) {
    this.#options = options;
    const { access, clock, connectTimeoutMs, random } = options;
    this.#warm = new WarmSocket({
      clock,
      random,
      dial: events => new Synthesiser({ ...access, clock, connectTimeoutMs }, events),
      dropped: () => {
        this.#queue = null;
      },
    });
  }

  async isReady(waitMs: number, signal: AbortSignal): Promise<boolean> {
    return (await this.#warm.isReady(waitMs, signal)) && this.#queue === null;
  }

  async *speak(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const queue = new AudioQueue(this.#options.audio);
    const onAbort = () => queue.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#queue = queue;
    let isWhole = false;
    try {
      const synthesiser = this.#warm.socket;
      if (synthesiser) synthesiser.speak(this.#options.toSsml(text), queue);
      else queue.fail(problem('broken', 'the socket has gone.'));
      yield* queue.read();
      isWhole = !signal.aborted;
      if (isWhole) this.#warm.proveSound();
    } catch (error) {
      // What failed once is not trusted with the next sentence.
      if (this.#queue === queue) this.#warm.replace(error as ProviderError);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (this.#queue === queue) {
        this.#queue = null;
        if (!isWhole) this.#warm.renew();
      }
    }
  }

  close(): void {
    this.#queue?.abort();
    this.#warm.close();
  }
}
