import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';

import type { Clock, TimerHandle } from '../clock.ts';
import type { Socket, SocketRoute } from './transport.ts';
import { closeReason } from './websocket-handshake.ts';

/** One object for every send: `ws` only reads it. */
const AS_TEXT = { binary: false, compress: false } as const;
const AS_BINARY = { binary: true, compress: false } as const;

export interface WsSocketOwner {
  clock: Clock;
  onError(error: unknown): void;
  /** The socket is no longer open; its connection may live on for the closing handshake. */
  onClosed(socket: WsSocket<unknown>): void;
}

/** A socket of `ws` that behaves as one of uWebSockets.js: the close is told at once, and nothing comes after it. */
export class WsSocket<Data> implements Socket<Data> {
  readonly data: Data;
  readonly #ws: WebSocket;
  readonly #route: SocketRoute<Data>;
  readonly #owner: WsSocketOwner;
  #isOpen = true;
  #isBehind = false;
  #heardAtMs: number;
  #idleTimer: TimerHandle;

  constructor(data: Data, ws: WebSocket, connection: Duplex, route: SocketRoute<Data>, owner: WsSocketOwner) {
    this.data = data;
    this.#ws = ws;
    this.#route = route;
    this.#owner = owner;
    this.#heardAtMs = owner.clock.now();
    this.#watchIdle(route.idleTimeoutS * 500);

    // The bytes themselves, so that pongs and the parts of a long message count as life too.
    connection.on('data', () => {
      this.#heardAtMs = owner.clock.now();
    });
    ws.on('message', (message: Buffer, isBinary) => this.#received(message, isBinary));
    ws.on('error', error => this.#end(1006, error.message));
    ws.on('close', (code, reason) => this.#end(code, reason.toString()));
  }

  get bufferedBytes(): number {
    return this.#isOpen ? this.#ws.bufferedAmount : 0;
  }

  send(message: string | Uint8Array): 'sent' | 'queued' | 'dropped' {
    const ws = this.#ws;
    if (!this.#isOpen || ws.readyState !== WebSocket.OPEN) return 'dropped';
    if (ws.bufferedAmount > this.#route.maxBackpressureBytes) return 'dropped';

    ws.send(message, typeof message === 'string' ? AS_TEXT : AS_BINARY, this.#written);
    if (ws.bufferedAmount === 0) return 'sent';
    this.#isBehind = true;
    return 'queued';
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    const sent = closeReason(reason);
    this.#ws.close(code, sent);
    this.#end(code, sent);
  }

  /** Drops the connection without a word. */
  terminate(): void {
    this.#ws.terminate();
  }

  opened(): void {
    try {
      this.#route.opened?.(this);
    } catch (error) {
      this.#owner.onError(error);
      this.close(1011, 'Internal error');
    }
  }

  #received(message: Buffer, isBinary: boolean): void {
    if (!this.#isOpen) return;
    try {
      this.#route.message(this, message, isBinary);
    } catch (error) {
      this.#owner.onError(error);
    }
  }

  readonly #written = (): void => {
    if (!this.#isBehind || !this.#isOpen || this.#ws.bufferedAmount > 0) return;
    this.#isBehind = false;
    try {
      this.#route.drained?.(this);
    } catch (error) {
      this.#owner.onError(error);
    }
  };

  #end(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owner.clock.clearTimeout(this.#idleTimer);
    this.#owner.onClosed(this);
    try {
      this.#route.closed(this, code, reason);
    } catch (error) {
      this.#owner.onError(error);
    }
  }

  #watchIdle(delayMs: number): void {
    this.#idleTimer = this.#owner.clock.setTimeout(() => this.#checkIdle(), delayMs);
  }

  #checkIdle(): void {
    const idleTimeoutMs = this.#route.idleTimeoutS * 1000;
    const silentMs = this.#owner.clock.now() - this.#heardAtMs;
    if (silentMs >= idleTimeoutMs) {
      this.terminate();
      return;
    }

    const isPingDue = silentMs >= idleTimeoutMs / 2;
    if (isPingDue && this.#ws.readyState === WebSocket.OPEN) this.#ws.ping();
    this.#watchIdle((isPingDue ? idleTimeoutMs : idleTimeoutMs / 2) - silentMs);
  }
}
