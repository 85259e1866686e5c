import { WebSocket } from 'ws';

/** One who inspects calls, and counts what comes. Reads no more of it than how the inspection itself stands. */
export class Viewer {
  frames = 0;
  bytes = 0;
  /** Events that the server left out. */
  dropped = 0;
  readonly #socket: WebSocket;
  #inspected: string[] = [];
  #onTold: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#take(data));
  }

  static async open(url: string, question: Readonly<Record<string, string | number>>): Promise<Viewer> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(question)) search.set(name, String(value));
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/inspect?${search}`, {
      perMessageDeflate: false,
    });
    const viewer = new Viewer(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return viewer;
  }

  /** SIDs of the calls that are looked into. */
  async told(): Promise<string[]> {
    if (this.#inspected.length === 0) await new Promise<void>(resolve => (this.#onTold = resolve));
    return this.#inspected;
  }

  clear(): void {
    this.frames = this.bytes = this.dropped = 0;
  }

  close(): void {
    this.#socket.close();
  }

  #take(data: Buffer): void {
    this.frames++;
    this.bytes += data.length;
    // It comes first in its frames.
    if (data.subarray(0, 40).indexOf('"inspection"') < 0) return;
    const { event, snapshot } = JSON.parse(data.toString());
    this.dropped += event?.events ?? 0;
    this.#inspected = snapshot.context.inspected;
    this.#onTold();
  }
}
