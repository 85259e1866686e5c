import type { Clock, TimerHandle } from '../../../../runtime/clock.ts';
import { BYTES_A_SECOND } from '../../streaming/audio-time.ts';
import type { RecogniserSocket, SocketEvents } from '../../streaming/unbroken-line.ts';
import { errorOfEnd, problem } from '../fault.ts';
import { DeepgramSocket, type Message, type SdkSocket } from '../socket.ts';
import type { PositionAt } from './messages.ts';

export interface ListenSocketOptions<Sdk extends SdkSocket> {
  clock: Clock;
  connectTimeoutMs: number;
  dial(): Promise<Sdk>;
  isGreeting?: (message: Message) => boolean;
  /** Bytes a message; audio is gathered until there are so many. 1: sent as it comes. */
  chunkBytes: number;
  sendAudio(sdk: Sdk, audio: Uint8Array): void;
  keepAlive(sdk: Sdk): void;
  /** False: the message could not be read, so something may be missing. */
  message(message: Message, positionAt: PositionAt): boolean;
}

/** Deepgram closes a socket that is silent for 10 s. */
const KEEP_ALIVE_MS = 4_000;

/** One of Deepgram's listening sockets. It counts its time in seconds from 0, where its audio began. */
export class ListenSocket<Sdk extends SdkSocket> implements RecogniserSocket {
  readonly #options: ListenSocketOptions<Sdk>;
  readonly #events: SocketEvents;
  readonly #socket: DeepgramSocket<Sdk>;
  #base = 0;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #lastSentMs = 0;
  #keepAliveTimer: TimerHandle | null = null;

  constructor(options: ListenSocketOptions<Sdk>, events: SocketEvents) {
    this.#options = options;
    this.#events = events;
    const { clock, connectTimeoutMs, dial, isGreeting } = options;
    this.#socket = new DeepgramSocket<Sdk>({
      clock,
      connectTimeoutMs,
      dial,
      ...(isGreeting ? { isGreeting } : {}),
      opened: () => events.opened(),
      message: message => this.#receive(message),
      ended: end => {
        this.#cancelKeepAlive();
        events.ended(errorOfEnd(end));
      },
    });
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  begin(position: number): void {
    this.#base = position;
    this.#lastSentMs = this.#options.clock.now();
    this.#armKeepAlive(KEEP_ALIVE_MS);
  }

  write(audio: Uint8Array): void {
    this.#gathered.push(Uint8Array.from(audio));
    this.#gatheredBytes += audio.length;
    if (this.#gatheredBytes >= this.#options.chunkBytes) this.#sendGathered();
  }

  /** Sends what has been gathered, and then what `put` says. Returns whether the socket was there. */
  send(put: (sdk: Sdk) => void): boolean {
    this.#sendGathered();
    return this.#socket.send(put);
  }

  close(): void {
    this.#cancelKeepAlive();
    this.#socket.close();
  }

  #receive(message: Message | null): void {
    const positionAt: PositionAt = seconds => this.#base + Math.round(seconds * BYTES_A_SECOND);
    if (message && this.#options.message(message, positionAt)) return;
    this.close();
    this.#events.ended(problem('broken', 'a message could not be read.'));
  }

  #sendGathered(): void {
    if (this.#gatheredBytes === 0) return;
    const [first] = this.#gathered;
    const audio =
      this.#gathered.length === 1 && first ? first : Uint8Array.from(Buffer.concat(this.#gathered));
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#socket.send(sdk => this.#options.sendAudio(sdk, audio));
    this.#lastSentMs = this.#options.clock.now();
  }

  #armKeepAlive(delayMs: number): void {
    const { clock, keepAlive } = this.#options;
    this.#keepAliveTimer = clock.setTimeout(() => {
      const quietMs = clock.now() - this.#lastSentMs;
      if (quietMs >= KEEP_ALIVE_MS) this.#socket.send(keepAlive);
      this.#armKeepAlive(quietMs >= KEEP_ALIVE_MS ? KEEP_ALIVE_MS : KEEP_ALIVE_MS - quietMs);
    }, delayMs);
  }

  #cancelKeepAlive(): void {
    if (this.#keepAliveTimer !== null) this.#options.clock.clearTimeout(this.#keepAliveTimer);
    this.#keepAliveTimer = null;
  }
}
