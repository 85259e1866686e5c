import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { AudioQueue } from '../../streaming/audio-queue.ts';
import { backoffMs } from '../../streaming/backoff.ts';
import { isHopeless } from '../../streaming/fault.ts';
import type { VoiceSettings, VoiceSocket } from '../../streaming/sentence-voice.ts';
import type { AzureSpeechAccess } from '../access.ts';
import { problem } from '../fault.ts';
import { Synthesiser } from './synthesiser.ts';

export interface VoiceLineOptions extends VoiceSettings {
  access: AzureSpeechAccess;
  toSsml(text: string): string;
}

const SOUND_AFTER_MS = 10_000;
const MAX_BACKOFF_MS = 30_000;

/**
 * A synthesiser kept open through a call: opened when the call begins, replaced when its socket falls. There is no way to
 * take a sentence back that is known to be heeded, so one that is cut short costs its socket; the next is open
 * before the caller has done speaking.
 */
export class VoiceLine implements VoiceSocket {
  readonly #options: VoiceLineOptions;
  readonly #clock: Clock;
  #synthesiser: Synthesiser | null = null;
  #queue: AudioQueue | null = null;
  #attempt = 0;
  #isClosed = false;
  #waiting: (() => void)[] = [];
  #redialTimer: TimerHandle | null = null;
  #soundTimer: TimerHandle | null = null;

  constructor(options: VoiceLineOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#dial();
  }

  async isReady(waitMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#synthesiser && !this.#synthesiser.isOpen && this.#attempt <= 1)
      await this.#opening(waitMs, signal);
    return this.#synthesiser?.isOpen === true && this.#queue === null;
  }

  async *speak(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const queue = new AudioQueue(this.#options.audio);
    const onAbort = () => queue.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#queue = queue;
    let isWhole = false;
    try {
      if (this.#synthesiser?.isOpen) this.#synthesiser.speak(this.#options.toSsml(text), queue);
      else queue.fail(problem('broken', 'the socket has gone.'));
      yield* queue.read();
      isWhole = !signal.aborted;
      if (isWhole) this.#attempt = 0;
    } catch (error) {
      // What failed once is not trusted with the next sentence.
      if (this.#queue === queue) this.#replace(error as ProviderError);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (this.#queue === queue) {
        this.#queue = null;
        if (!isWhole) this.#renew();
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#queue?.abort();
    this.#drop();
    this.#redialTimer = this.#cancel(this.#redialTimer);
    this.#tellWaiting();
  }

  async #opening(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isClosed || signal.aborted) return;
    let timer: TimerHandle = null;
    const stop = () => this.#tellWaiting();
    signal.addEventListener('abort', stop, { once: true });
    await new Promise<void>(resolve => {
      this.#waiting.push(resolve);
      timer = this.#clock.setTimeout(resolve, waitMs);
    });
    signal.removeEventListener('abort', stop);
    this.#clock.clearTimeout(timer);
  }

  #dial(): void {
    this.#redialTimer = null;
    const { access, clock, connectTimeoutMs } = this.#options;
    this.#synthesiser = new Synthesiser(
      { ...access, clock, connectTimeoutMs },
      {
        opened: () => {
          this.#soundTimer = this.#clock.setTimeout(() => {
            this.#soundTimer = null;
            this.#attempt = 0;
          }, SOUND_AFTER_MS);
          this.#tellWaiting();
        },
        ended: error => this.#replace(error),
      },
    );
  }

  /** In place of one that was cut short. */
  #renew(): void {
    this.#drop();
    if (!this.#isClosed) this.#dial();
  }

  #replace(error: ProviderError): void {
    if (this.#isClosed) return;
    this.#drop();
    this.#queue = null;
    this.#tellWaiting();
    if (isHopeless(error)) return;
    const delayMs = backoffMs(this.#attempt++, MAX_BACKOFF_MS, this.#options.random);
    if (delayMs === 0) this.#dial();
    else this.#redialTimer = this.#clock.setTimeout(() => this.#dial(), delayMs);
  }

  #drop(): void {
    this.#synthesiser?.close();
    this.#synthesiser = null;
    this.#soundTimer = this.#cancel(this.#soundTimer);
    this.#redialTimer = this.#cancel(this.#redialTimer);
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #cancel(timer: TimerHandle | null): null {
    if (timer !== null) this.#clock.clearTimeout(timer);
    return null;
  }
}
