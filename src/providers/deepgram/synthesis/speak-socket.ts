import type { DeepgramClient } from '@deepgram/sdk';
import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import { AudioQueue } from '../../streaming/audio-queue.ts';
import { backoffMs } from '../../streaming/backoff.ts';
import { isHopeless } from '../../streaming/fault.ts';
import type { VoiceSettings, VoiceSocket } from '../../streaming/sentence-voice.ts';
import { errorOfEnd, problem } from '../fault.ts';
import { DeepgramSocket, type Message, sdkTimeoutS } from '../socket.ts';
import { RateWindow } from './rate-window.ts';

export interface SpeakSocketOptions extends VoiceSettings {
  client: DeepgramClient;
  model: string;
  retention: { mip_opt_out?: true };
}

type Sdk = Awaited<ReturnType<DeepgramClient['speak']['v1']['connect']>>;

const MINUTE_MS = 60_000;
/** Deepgram takes 20 in 60 s, and warns; two are left for what crosses on the wire. */
const MAX_FLUSHES = 18;
/** Deepgram takes 2,400 in 60 s, and closes. */
const MAX_CHARS = 2_300;
/** Deepgram closes after 60 minutes. */
const LIFE_MS = 55 * MINUTE_MS;
const CLEAR_TIMEOUT_MS = 2_000;
const SOUND_AFTER_MS = 10_000;
const MAX_BACKOFF_MS = 30_000;

/**
 * Aura's socket, kept open through a call: opened when the call begins, replaced when it falls or grows old. A sentence
 * is Speak and Flush, and over with `Flushed`. After Clear, everything up to `Cleared` belongs to the past.
 */
export class SpeakSocket implements VoiceSocket {
  readonly #options: SpeakSocketOptions;
  readonly #clock: Clock;
  readonly #flushes: RateWindow;
  readonly #chars: RateWindow;
  #socket: DeepgramSocket<Sdk> | null = null;
  #queue: AudioQueue | null = null;
  #clearing = 0;
  #attempt = 0;
  #isOld = false;
  #isClosed = false;
  #waiting: (() => void)[] = [];
  #redialTimer: TimerHandle | null = null;
  #soundTimer: TimerHandle | null = null;
  #lifeTimer: TimerHandle | null = null;
  #clearTimer: TimerHandle | null = null;

  constructor(options: SpeakSocketOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#flushes = new RateWindow(options.clock, MAX_FLUSHES, MINUTE_MS);
    this.#chars = new RateWindow(options.clock, MAX_CHARS, MINUTE_MS);
    this.#dial();
  }

  async isReady(waitMs: number, signal: AbortSignal, text: string): Promise<boolean> {
    if (!this.#socket?.isOpen && this.#attempt <= 1 && this.#redialTimer === null)
      await this.#opening(waitMs, signal);
    return (
      this.#socket?.isOpen === true &&
      this.#queue === null &&
      this.#flushes.hasRoom(1) &&
      this.#chars.hasRoom(text.length)
    );
  }

  async *speak(text: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const queue = new AudioQueue(this.#options.audio);
    const onAbort = () => queue.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#queue = queue;
    this.#flushes.take(1);
    this.#chars.take(text.length);
    const isSent =
      this.#socket?.send(sdk => {
        sdk.sendText({ type: 'Speak', text });
        sdk.sendFlush({ type: 'Flush' });
      }) ?? false;
    if (!isSent) queue.fail(problem('broken', 'the socket has gone.'));

    try {
      yield* queue.read();
    } catch (error) {
      // What failed once is not trusted with the next sentence.
      if (this.#queue === queue) this.#replace(error as ProviderError);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      // Still ours: neither flushed nor failed, so it was cut short.
      if (this.#queue === queue) this.#clear();
      if (this.#isOld) this.#renew();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#queue?.abort();
    this.#socket?.send(sdk => sdk.sendClose({ type: 'Close' }));
    this.#drop();
    this.#redialTimer = this.#cancel(this.#redialTimer);
    this.#tellWaiting();
  }

  async #opening(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#isClosed || signal.aborted || this.#socket === null) return;
    let timer: TimerHandle = null;
    await new Promise<void>(resolve => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      timer = this.#clock.setTimeout(resolve, waitMs);
    });
    this.#clock.clearTimeout(timer);
  }

  #dial(): void {
    this.#redialTimer = null;
    const { client, clock, connectTimeoutMs, model, retention } = this.#options;
    this.#flushes.reset();
    this.#chars.reset();
    this.#socket = new DeepgramSocket<Sdk>({
      clock,
      connectTimeoutMs,
      dial: () =>
        client.speak.v1.connect({
          model,
          encoding: 'mulaw',
          sample_rate: '8000',
          ...retention,
          reconnectAttempts: 0,
          connectionTimeoutInSeconds: sdkTimeoutS(connectTimeoutMs),
        }),
      opened: () => this.#opened(),
      message: message => this.#receive(message),
      audio: audio => this.#clearing === 0 && this.#queue?.push(audio),
      ended: end => this.#replace(errorOfEnd(end)),
    });
  }

  #opened(): void {
    this.#soundTimer = this.#clock.setTimeout(() => {
      this.#attempt = 0;
    }, SOUND_AFTER_MS);
    this.#lifeTimer = this.#clock.setTimeout(() => {
      this.#isOld = true;
      if (!this.#queue) this.#renew();
    }, LIFE_MS);
    this.#tellWaiting();
  }

  #receive(message: Message | null): void {
    if (message === null) this.#replace(problem('broken', 'a message could not be read.'));
    else if (message.type === 'Cleared') this.#cleared();
    else if (message.type === 'Flushed' && this.#clearing === 0) this.#flushed();
    else if (message.type === 'Warning') this.#warned();
  }

  #flushed(): void {
    const queue = this.#queue;
    if (!queue) return;
    if (queue.bytes > 0) {
      this.#queue = null;
      this.#attempt = 0;
    }
    queue.complete();
  }

  /** Of flushes, as far as is documented: one was not done. */
  #warned(): void {
    this.#flushes.exhaust();
    if (this.#queue?.bytes === 0)
      this.#queue.fail(problem('throttled', 'the socket took no more sentences.'));
  }

  #clear(): void {
    this.#queue = null;
    if (!this.#socket?.send(sdk => sdk.sendClear({ type: 'Clear' }))) return;
    this.#clearing++;
    this.#clearTimer ??= this.#clock.setTimeout(
      () => this.#replace(problem('timeout', 'a Clear was not answered.')),
      CLEAR_TIMEOUT_MS,
    );
  }

  #cleared(): void {
    this.#clearing = Math.max(0, this.#clearing - 1);
    if (this.#clearing === 0) this.#clearTimer = this.#cancel(this.#clearTimer);
  }

  #renew(): void {
    this.#isOld = false;
    this.#drop();
    if (!this.#isClosed) this.#dial();
  }

  #replace(error: ProviderError): void {
    if (this.#isClosed) return;
    this.#drop();
    const queue = this.#queue;
    this.#queue = null;
    queue?.fail(error);
    this.#tellWaiting();
    if (isHopeless(error)) return;

    const delayMs = backoffMs(this.#attempt++, MAX_BACKOFF_MS, this.#options.random);
    if (delayMs === 0) this.#dial();
    else this.#redialTimer = this.#clock.setTimeout(() => this.#dial(), delayMs);
  }

  #drop(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#clearing = 0;
    this.#soundTimer = this.#cancel(this.#soundTimer);
    this.#lifeTimer = this.#cancel(this.#lifeTimer);
    this.#clearTimer = this.#cancel(this.#clearTimer);
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #cancel(timer: TimerHandle | null): null {
    if (timer !== null) this.#clock.clearTimeout(timer);
    return null;
  }
}
