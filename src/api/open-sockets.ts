import type { Clock, TimerHandle } from '../../runtime/clock.ts';

/** Somebody's WebSocket, as long as it is open. */
export interface OpenSocket {
  /** Whoever opened it may still: has not logged out, and the session has not run out. */
  isStillIn(): boolean;
  close(code: number, reason: string): void;
}

const RECHECK_EVERY_MS = 60_000;
const POLICY_VIOLATION = 1008;

/** The open sockets of one path. Those whose people may not look any more are closed, within a minute or on `recheck`. */
export class OpenSockets<Socket extends OpenSocket> {
  readonly #clock: Clock;
  readonly #open = new Set<Socket>();
  #timer: TimerHandle | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  add(socket: Socket): void {
    this.#open.add(socket);
    this.#arm();
  }

  delete(socket: Socket): void {
    this.#open.delete(socket);
  }

  recheck(): void {
    for (const socket of [...this.#open])
      if (!socket.isStillIn()) socket.close(POLICY_VIOLATION, 'logged out');
  }

  /** Looks no more. The sockets stay open. */
  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(): void {
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = null;
      this.recheck();
      if (this.#open.size > 0) this.#arm();
    }, RECHECK_EVERY_MS);
  }
}
