import type { Clock, TimerHandle } from '../clock.ts';
import {
  type CloudMessage,
  type EdgeMessage,
  isRelayMessage,
  readCloudMessage,
  write,
} from './relay-messages.ts';

/** A WebSocket to a cloud node. */
export interface CloudSocket {
  send(text: string): void;
  close(code: number, reason: string): void;
}

export interface CloudSocketListener {
  message(text: string): void;
  /** Once, whoever closed it. */
  closed(code: number, reason: string): void;
}

/** Opens a relay to the node at `cloud`, an http(s) origin. Rejects when the node cannot be reached or refuses. */
export type ConnectCloud = (cloud: string, listener: CloudSocketListener) => Promise<CloudSocket>;

export interface CloudLinkOptions {
  cloud: string;
  connect: ConnectCloud;
  clock: Clock;
  /** A message for the carrier, as it is. */
  forCarrier(text: string): void;
  /** Of the node's own accord: it lets the call go, or says what follows. */
  told(message: CloudMessage): void;
  /** Without having been closed from here. */
  lost(reason: string): void;
}

/** A node that says nothing is asked so often whether it is there. */
const PING_EVERY_MS = 1_000;
/** A node that has said nothing for so long is gone, whatever its socket looks like. */
const DEAD_AFTER_MS = 3_500;

/** The node said no, in so many words. */
export class CloudRefusal extends Error {
  override readonly name = 'CloudRefusal';
  /** There is no such call any more. */
  readonly isOver: boolean;

  constructor(reason: string, isOver: boolean) {
    super(reason);
    this.isOver = isOver;
  }
}

/** The edge's end of one relay: questions of the edge with their answers, and the carrier's messages in between. */
export class CloudLink {
  readonly cloud: string;
  readonly #options: CloudLinkOptions;
  #socket: CloudSocket | null = null;
  #isClosed = false;
  #lastHeardMs = 0;
  #pingTimer: TimerHandle = null;
  #answer: { settle(message: CloudMessage): void; fail(error: Error): void } | null = null;

  constructor(options: CloudLinkOptions) {
    this.cloud = options.cloud;
    this.#options = options;
  }

  /** Rejects when there is no connection within `limitMs`. */
  async open(limitMs: number): Promise<void> {
    const connecting = this.#options.connect(this.cloud, {
      message: text => this.#receive(text),
      closed: (code, reason) => this.#ended(`the relay was closed (${code}${reason && `, ${reason}`})`),
    });
    // One that comes too late is not wanted any more.
    connecting.then(
      socket => this.#isClosed && socket.close(1000, 'too late'),
      () => {},
    );
    try {
      this.#socket = await this.#within(connecting, limitMs, `${this.cloud} could not be reached`);
    } catch (error) {
      this.#isClosed = true;
      throw error;
    }
    this.#lastHeardMs = this.#options.clock.now();
    this.#watch();
  }

  get isOpen(): boolean {
    return this.#socket !== null && !this.#isClosed;
  }

  /** Asks, and waits for `ready` or `taken`. Rejects with a `CloudRefusal`, or when no answer comes within `limitMs`. */
  async ask(message: EdgeMessage, limitMs: number): Promise<void> {
    if (!this.isOpen) throw new Error(`the relay to ${this.cloud} is closed`);
    const answered = new Promise<CloudMessage>((settle, fail) => {
      this.#answer = { settle, fail };
    });
    this.#socket?.send(write(message));
    try {
      const answer = await this.#within(answered, limitMs, `${this.cloud} did not answer`);
      if (answer.event === 'aybiza.refused') throw new CloudRefusal(answer.reason, answer.isOver ?? false);
    } finally {
      this.#answer = null;
    }
  }

  tell(message: EdgeMessage): void {
    this.send(write(message));
  }

  /** A message of the carrier, as it is. */
  send(text: string): void {
    if (this.isOpen) this.#socket?.send(text);
  }

  /** Without `lost`. */
  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.clock.clearTimeout(this.#pingTimer);
    this.#socket?.close(code, reason);
  }

  #watch(): void {
    const { clock } = this.#options;
    if (this.#isClosed) return;
    this.#pingTimer = clock.setTimeout(() => {
      const quietMs = clock.now() - this.#lastHeardMs;
      if (quietMs >= DEAD_AFTER_MS) {
        this.#socket?.close(1000, 'nothing was heard');
        this.#ended(`nothing was heard for ${Math.round(quietMs)} ms`);
        return;
      }
      if (quietMs >= PING_EVERY_MS) this.tell({ event: 'aybiza.ping' });
      this.#watch();
    }, PING_EVERY_MS);
  }

  #receive(text: string): void {
    if (this.#isClosed) return;
    this.#lastHeardMs = this.#options.clock.now();
    if (!isRelayMessage(text)) {
      this.#options.forCarrier(text);
      return;
    }
    const message = readCloudMessage(text);
    // A newer node may say more than is known here.
    if (!message || message.event === 'aybiza.pong') return;
    const isAnswer = ['aybiza.ready', 'aybiza.taken', 'aybiza.refused'].includes(message.event);
    if (!isAnswer) this.#options.told(message);
    else this.#answer?.settle(message);
  }

  #ended(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.clock.clearTimeout(this.#pingTimer);
    const answer = this.#answer;
    if (answer) answer.fail(new Error(reason));
    else if (this.#socket) this.#options.lost(reason);
  }

  async #within<T>(promise: Promise<T>, limitMs: number, failure: string): Promise<T> {
    const { clock } = this.#options;
    let timer: TimerHandle = null;
    const late = new Promise<never>((_, reject) => {
      timer = clock.setTimeout(() => reject(new Error(`${failure} within ${limitMs} ms`)), limitMs);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clock.clearTimeout(timer);
    }
  }
}
