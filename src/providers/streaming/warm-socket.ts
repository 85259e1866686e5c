import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import type { ProviderError } from '../../../runtime/provider-error.ts';
import { backoffMs } from './backoff.ts';
import { isHopeless } from './fault.ts';
import type { SocketEvents } from './unbroken-line.ts';

export interface WarmSocketOptions<Socket> {
  clock: Clock;
  random: () => number;
  dial(events: SocketEvents): Socket;
  opened?(): void;
  /** The socket is gone, because of an error or for a new one. */
  dropped(error: ProviderError | null): void;
}

const SOUND_AFTER_MS = 10_000;
const MAX_BACKOFF_MS = 30_000;

/** A socket kept open through a call: opened when the call begins, replaced when it falls. */
export class WarmSocket<Socket extends { readonly isOpen: boolean; close(): void }> {
  readonly #options: WarmSocketOptions<Socket>;
  readonly #clock: Clock;
  #socket: Socket | null = null;
  #attempt = 0;
  #isClosed = false;
  #waiting: (() => void)[] = [];
  #redialTimer: TimerHandle | null = null;
  #soundTimer: TimerHandle | null = null;

  constructor(options: WarmSocketOptions<Socket>) {
    this.#options = options;
    this.#clock = options.clock;
    this.#dial();
  }

  /** The one that is open. */
  get socket(): Socket | null {
    return this.#socket?.isOpen ? this.#socket : null;
  }

  /** Waits for a socket that is being opened, but not for one that has failed. Returns whether it is open. */
  async isReady(waitMs: number, signal: AbortSignal): Promise<boolean> {
    if (this.#socket && !this.socket && this.#attempt <= 1 && !signal.aborted)
      await this.#opening(waitMs, signal);
    return this.socket !== null;
  }

  /** It has done what it is for. */
  proveSound(): void {
    this.#attempt = 0;
  }

  /** Takes another in place of one that has failed. */
  replace(error: ProviderError): void {
    if (this.#isClosed) return;
    this.#drop(error);
    this.#tellWaiting();
    if (isHopeless(error)) return;
    const delayMs = backoffMs(this.#attempt++, MAX_BACKOFF_MS, this.#options.random);
    if (delayMs === 0) this.#dial();
    else this.#redialTimer = this.#clock.setTimeout(() => this.#dial(), delayMs);
  }

  /** Takes another in place of one that has failed in nothing. */
  renew(): void {
    if (this.#isClosed) return;
    this.#drop(null);
    this.#dial();
  }

  close(): void {
    this.#isClosed = true;
    this.#drop(null);
    this.#tellWaiting();
  }

  async #opening(waitMs: number, signal: AbortSignal): Promise<void> {
    let timer: TimerHandle = null;
    let stop = () => {};
    await new Promise<void>(resolve => {
      stop = resolve;
      this.#waiting.push(resolve);
      signal.addEventListener('abort', stop, { once: true });
      timer = this.#clock.setTimeout(resolve, waitMs);
    });
    signal.removeEventListener('abort', stop);
    this.#clock.clearTimeout(timer);
  }

  #dial(): void {
    this.#redialTimer = null;
    this.#socket = this.#options.dial({
      opened: () => this.#opened(),
      ended: error => this.replace(error),
    });
  }

  #opened(): void {
    this.#soundTimer = this.#clock.setTimeout(() => {
      this.#soundTimer = null;
      this.proveSound();
    }, SOUND_AFTER_MS);
    this.#options.opened?.();
    this.#tellWaiting();
  }

  #drop(error: ProviderError | null): void {
    this.#socket?.close();
    this.#socket = null;
    this.#soundTimer = this.#cancel(this.#soundTimer);
    this.#redialTimer = this.#cancel(this.#redialTimer);
    this.#options.dropped(error);
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #cancel(timer: TimerHandle | null): null {
    if (timer !== null) this.#clock.clearTimeout(timer);
    return null;
  }
}
