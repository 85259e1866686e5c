import { type ReadonlySignal, signal } from '@preact/signals';
import { forgetSession } from './session.ts';
import type { ConsoleMessage, ConsoleRequest, SessionAnswer } from './types.ts';

export type LinkState =
  | { is: 'idle' | 'connecting' | 'open' }
  /** Lost; the next attempt is at `retryAt`, milliseconds since the Unix epoch. */
  | { is: 'lost'; retryAt: number }
  /** The server wants a key. */
  | { is: 'refused' };

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/**
 * The one WebSocket of the page. It is opened by the first question and comes back by itself; every question that
 * still stands is asked again.
 */
export class LiveLink {
  readonly state: ReadonlySignal<LinkState>;
  readonly #state = signal<LinkState>({ is: 'idle' });
  readonly #questions = new Map<number, ConsoleRequest>();
  readonly #take: (message: ConsoleMessage) => void;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(take: (message: ConsoleMessage) => void) {
    this.#take = take;
    this.state = this.#state;
    addEventListener('online', () => this.connectNow());
  }

  /** Asks, now and after every reconnect, until `drop`. */
  ask(watch: number, request: ConsoleRequest): void {
    this.#questions.set(watch, request);
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send(request);
    else if (!this.#socket && this.#timer === undefined) this.#connect();
  }

  drop(watch: number): void {
    if (!this.#questions.delete(watch)) return;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#send({ type: 'unwatch', watch });
  }

  /** Does not wait for the next attempt's time. */
  connectNow(): void {
    if (this.#socket || this.#questions.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#connect();
  }

  #connect(): void {
    if (this.#failures === 0) this.#state.value = { is: 'connecting' };
    const url = new URL('/api/live', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#failures = 0;
      this.#state.value = { is: 'open' };
      for (const request of this.#questions.values()) this.#send(request);
    };
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data as string) as ConsoleMessage);
    socket.onclose = () => void this.#lost();
  }

  async #lost(): Promise<void> {
    this.#socket = null;
    this.#failures++;
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    this.#state.value = { is: 'lost', retryAt: Date.now() + delayMs };
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#questions.size > 0) this.#connect();
      else this.#state.value = { is: 'idle' };
    }, delayMs);
    // A browser does not tell why an upgrade was refused; the session does.
    if (await isShutOut()) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#state.value = { is: 'refused' };
      forgetSession();
    }
  }

  #send(request: ConsoleRequest): void {
    this.#socket?.send(JSON.stringify(request));
  }
}

async function isShutOut(): Promise<boolean> {
  try {
    const response = await fetch('/api/session', { credentials: 'same-origin' });
    return response.ok && ((await response.json()) as SessionAnswer).access === 'none';
  } catch {
    return false;
  }
}
