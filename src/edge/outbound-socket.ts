import type { Response as WorkersResponse, WebSocket as WorkersSocket } from '@cloudflare/workers-types';

/** A WebSocket that was opened from inside a Worker. */
export interface OutboundSocket {
  readonly isOpen: boolean;
  send(data: string | Uint8Array): void;
  /** `closed` is not called afterwards. */
  close(code: number, reason: string): void;
}

export interface OutboundOptions {
  headers: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  message(data: string | ArrayBuffer): void;
  /** Once, unless it was closed from here. */
  closed(code: number, reason: string): void;
}

/**
 * Opens a WebSocket with headers of one's own, which a browser's constructor cannot send. `url` is http(s). Rejects with the status in the
 * words of `ws` when the server refuses.
 */
export async function openSocket(url: string, options: OutboundOptions): Promise<OutboundSocket> {
  const response = (await fetch(url, {
    headers: { ...options.headers, upgrade: 'websocket' },
    ...(options.signal && { signal: options.signal }),
  })) as unknown as WorkersResponse;
  const socket = response.webSocket;
  if (!socket) {
    void response.body?.cancel();
    throw new Error(`Unexpected server response: ${response.status}`);
  }
  return listenTo(socket, options);
}

function listenTo(socket: WorkersSocket, { message, closed }: OutboundOptions): OutboundSocket {
  let isOpen = true;
  const end = (code: number, reason: string) => {
    if (!isOpen) return;
    isOpen = false;
    closed(code, reason);
  };
  // Later dates of compatibility make Blobs of what is binary, which can only be read asynchronously.
  (socket as unknown as { binaryType: string }).binaryType = 'arraybuffer';
  socket.addEventListener('message', event => isOpen && message(event.data as string | ArrayBuffer));
  socket.addEventListener('close', ({ code, reason }) => end(code, reason));
  socket.addEventListener('error', () => end(1006, ''));
  socket.accept();
  return {
    get isOpen() {
      return isOpen;
    },
    send(data) {
      if (isOpen) socket.send(data as string);
    },
    close(code, reason) {
      if (!isOpen) return;
      isOpen = false;
      socket.close(code, reason);
    },
  };
}
