import type { Clock, TimerHandle } from '../clock.ts';
import { readCarrierMessage } from '../media/media-streams.ts';
import type { CarrierSocket } from '../ports.ts';
import type { EdgeCall } from './edge-call.ts';

export interface CarrierStreamOptions {
  call: Pick<EdgeCall, 'attach' | 'receive' | 'detach'>;
  socket: CarrierSocket;
  clock: Clock;
  failed(error: unknown): void;
}

/** The carrier sends `start` at once, and 50 frames a second from then on, even when the caller is silent. */
const START_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 10_000;

/** Close codes of RFC 6455, section 7.4.1. */
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

/** One media stream's socket at the edge, from its upgrade to its close. A peer that breaks the protocol is closed. */
export class CarrierStream {
  readonly #options: CarrierStreamOptions;
  #hasStarted = false;
  #isOver = false;
  #lastFrameMs: number;
  #timer: TimerHandle;

  constructor(options: CarrierStreamOptions) {
    this.#options = options;
    const { clock } = options;
    this.#lastFrameMs = clock.now();
    this.#timer = clock.setTimeout(
      () => this.#refuse(POLICY_VIOLATION, 'no start message'),
      START_TIMEOUT_MS,
    );
  }

  message(data: string | ArrayBuffer | Uint8Array): void {
    if (this.#isOver) return;
    const { call, clock, socket } = this.#options;
    this.#lastFrameMs = clock.now();
    if (typeof data !== 'string') this.#refuse(UNSUPPORTED_DATA, 'media streams are JSON text');
    else if (this.#hasStarted) call.receive(socket, data);
    else this.#start(data);
  }

  /** The socket is gone, whoever closed it. */
  closed(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { call, clock, socket } = this.#options;
    clock.clearTimeout(this.#timer);
    call.detach(socket, `the carrier’s socket closed (${code}${reason && `, ${reason}`})`);
  }

  #start(data: string): void {
    const { call, clock, socket, failed } = this.#options;
    const message = readCarrierMessage(Buffer.from(data));
    if (message.event === 'connected') return;
    if (message.event !== 'start') {
      this.#refuse(PROTOCOL_ERROR, `expected start, got ${message.event}`);
      return;
    }
    this.#hasStarted = true;
    clock.clearTimeout(this.#timer);
    this.#watchSilence(SILENCE_TIMEOUT_MS);
    call.attach(message.start, socket).catch(error => {
      failed(error);
      this.#refuse(INTERNAL_ERROR, 'call could not begin');
    });
  }

  /** A dead network does not always close its socket. */
  #watchSilence(waitMs: number): void {
    const { clock } = this.#options;
    this.#timer = clock.setTimeout(() => {
      const quietMs = clock.now() - this.#lastFrameMs;
      if (quietMs >= SILENCE_TIMEOUT_MS) this.#refuse(POLICY_VIOLATION, 'no audio for too long');
      else this.#watchSilence(SILENCE_TIMEOUT_MS - quietMs);
    }, waitMs);
  }

  /** The close of a dead network may never be heard of. */
  #refuse(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#options.socket.close(code, reason);
    this.closed(code, reason);
  }
}
