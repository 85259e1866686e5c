import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import type { SocketEnd } from './fault.ts';

/** What all of the SDK's sockets have in common. */
export interface SdkSocket {
  readonly readyState: number;
  readonly socket: {
    addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  };
  on(event: 'open', callback: () => void): void;
  on(event: 'close', callback: (event: { code?: number; reason?: string }) => void): void;
  on(event: 'error', callback: (error: Error) => void): void;
  connect(): unknown;
  close(): void;
}

export type Message = Readonly<Record<string, unknown>>;

export interface SocketOptions<Sdk extends SdkSocket> {
  clock: Clock;
  /** From the dial to the open socket, its greeting included. */
  connectTimeoutMs: number;
  dial(): Promise<Sdk>;
  /** The message without which the socket is not yet open. Default: none is waited for. */
  isGreeting?: (message: Message) => boolean;
  opened(): void;
  /** A text message, or null for one that nobody can read. */
  message(message: Message | null): void;
  audio?(bytes: Uint8Array): void;
  /** Exactly once, and not after `close()`. */
  ended(end: SocketEnd): void;
}

const OPEN = 1;
/** The SDK's own time-out runs on real time; it only sweeps up behind ours. */
const SWEEP_S = 1;

/** Seconds for the SDK's own time-out. */
export function sdkTimeoutS(connectTimeoutMs: number): number {
  return connectTimeoutMs / 1_000 + SWEEP_S;
}

/** One socket, from the dial to its one end. It is never opened again: a new one takes its place. */
export class DeepgramSocket<Sdk extends SdkSocket> {
  readonly #options: SocketOptions<Sdk>;
  readonly openedMs: number;
  #sdk: Sdk | null = null;
  #isOpen = false;
  #hasEnded = false;
  #error: string | null = null;
  #timer: TimerHandle | null;

  constructor(options: SocketOptions<Sdk>) {
    this.#options = options;
    this.openedMs = options.clock.now();
    this.#timer = options.clock.setTimeout(() => this.#end('TIMEOUT'), options.connectTimeoutMs);
    void this.#connect();
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#sdk?.readyState === OPEN;
  }

  /** Sends unless the socket has gone; the SDK throws for one that has. Returns whether it was sent. */
  send(put: (sdk: Sdk) => void): boolean {
    if (!this.isOpen) return false;
    try {
      put(this.#sdk as Sdk);
      return true;
    } catch {
      return false;
    }
  }

  /** Closes without `ended`. */
  close(): void {
    this.#finish();
  }

  async #connect(): Promise<void> {
    const { dial, isGreeting } = this.#options;
    try {
      const sdk = await dial();
      if (this.#hasEnded) return;
      this.#sdk = sdk;
      sdk.on('open', () => {
        if (!isGreeting) this.#open();
      });
      // The SDK reports a failed dial as a close with 1000 first and its error after it.
      sdk.on('error', error => {
        this.#error = error.message;
        this.#end(error.message);
      });
      sdk.on('close', event => {
        if (this.#isOpen) this.#end(null, event.code ?? null, event.reason ?? '');
        else queueMicrotask(() => this.#end(this.#error));
      });
      sdk.connect();
      // After `connect()`, which drops earlier listeners; and beside the SDK's own, which wraps audio into Blobs.
      sdk.socket.addEventListener('message', event => this.#receive(event.data));
    } catch (error) {
      this.#end(error instanceof Error ? error.message : null);
    }
  }

  #open(): void {
    if (this.#isOpen || this.#hasEnded) return;
    this.#isOpen = true;
    this.#cancelTimer();
    this.#options.opened();
  }

  #receive(data: unknown): void {
    if (this.#hasEnded) return;
    if (typeof data !== 'string') {
      if (data instanceof ArrayBuffer) this.#options.audio?.(new Uint8Array(data));
      else if (ArrayBuffer.isView(data))
        this.#options.audio?.(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      return;
    }
    const message = readMessage(data);
    if (message && this.#options.isGreeting?.(message)) this.#open();
    else this.#options.message(message);
  }

  #end(error: string | null, code: number | null = null, reason = ''): void {
    if (this.#hasEnded) return;
    const wasOpen = this.#isOpen;
    this.#finish();
    this.#options.ended({ wasOpen, code, reason, error });
  }

  #finish(): void {
    this.#hasEnded = true;
    this.#isOpen = false;
    this.#cancelTimer();
    try {
      this.#sdk?.close();
    } catch {
      // Nothing is left to close.
    }
  }

  #cancelTimer(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

function readMessage(text: string): Message | null {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null && !Array.isArray(message)
      ? (message as Message)
      : null;
  } catch {
    return null;
  }
}
