import type { WebSocket } from 'uWebSockets.js';

import type { Socket, SocketRoute } from './transport.ts';
import { closeReason } from './websocket-handshake.ts';

/** What uWebSockets.js keeps on each of its sockets. It copies the fields, so we hang one object below it. */
export interface UwsUserData {
  // biome-ignore lint/suspicious/noExplicitAny: each route's data type is its own affair.
  socket: UwsSocket<any>;
}

/** A socket of uWebSockets.js made safe: its own throws on any use after the close. */
export class UwsSocket<Data> implements Socket<Data> {
  readonly data: Data;
  readonly #route: SocketRoute<Data>;
  readonly #onError: (error: unknown) => void;
  #ws: WebSocket<UwsUserData> | null = null;
  #isBehind = false;

  constructor(data: Data, route: SocketRoute<Data>, onError: (error: unknown) => void) {
    this.data = data;
    this.#route = route;
    this.#onError = onError;
  }

  get bufferedBytes(): number {
    return this.#ws === null ? 0 : this.#ws.getBufferedAmount();
  }

  send(message: string | Uint8Array): 'sent' | 'queued' | 'dropped' {
    const ws = this.#ws;
    if (ws === null) return 'dropped';

    const result = ws.send(message, typeof message !== 'string');
    if (result === 1) return 'sent';
    this.#isBehind = true;
    return result === 0 ? 'queued' : 'dropped';
  }

  close(code: number, reason: string): void {
    this.#ws?.end(code, closeReason(reason));
  }

  // The four events of uWebSockets.js. An error must not leave them: there is nothing above to catch it.

  opened(ws: WebSocket<UwsUserData>): void {
    this.#ws = ws;
    try {
      this.#route.opened?.(this);
    } catch (error) {
      this.#onError(error);
      this.close(1011, 'Internal error');
    }
  }

  received(message: ArrayBuffer, isBinary: boolean): void {
    try {
      this.#route.message(this, Buffer.from(message), isBinary);
    } catch (error) {
      this.#onError(error);
    }
  }

  written(): void {
    // Comes on every step of draining, and now and then without any backpressure.
    if (!this.#isBehind || this.bufferedBytes > 0) return;
    this.#isBehind = false;
    try {
      this.#route.drained?.(this);
    } catch (error) {
      this.#onError(error);
    }
  }

  ended(code: number, reason: ArrayBuffer): void {
    this.#ws = null;
    try {
      this.#route.closed(this, code, Buffer.from(reason).toString());
    } catch (error) {
      this.#onError(error);
    }
  }
}
