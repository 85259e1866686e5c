import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that keeps every byte the server sends: HTTP answers and WebSocket frames alike. */
export class RecordingProxy {
  readonly url: string;
  readonly #pieces: Buffer[] = [];
  readonly #close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#close = close;
  }

  static async open(serverUrl: string): Promise<RecordingProxy> {
    const target = Number(new URL(serverUrl).port);
    const sockets = new Set<Socket>();
    const keep = (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    };
    const server = createServer(client => {
      const upstream = connect(target, '127.0.0.1');
      keep(client);
      keep(upstream);
      upstream.on('data', piece => proxy.#pieces.push(piece));
      client.pipe(upstream).pipe(client);
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const proxy = new RecordingProxy((server.address() as { port: number }).port, async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>(resolve => server.close(() => resolve()));
    });
    return proxy;
  }

  /** Everything the server has sent so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  close(): Promise<void> {
    return this.#close();
  }
}
