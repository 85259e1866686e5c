import { EventEmitter, once } from 'node:events';
import { WebSocket } from 'ws';
import type { ConsoleMessage, ConsoleRequest } from '../../../src/console/protocol.ts';
import { within } from '../../harness/wire-server.ts';

type Of<Type extends ConsoleMessage['type']> = Extract<ConsoleMessage, { type: Type }>;

/** A page's WebSocket to /api/live, which keeps all that it is told. */
export class ConsolePage {
  readonly messages: ConsoleMessage[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #news = new EventEmitter().setMaxListeners(0);

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', data => {
      this.messages.push(JSON.parse(data.toString()));
      this.#news.emit('message');
    });
    this.closed = new Promise(resolve =>
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<ConsolePage> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { headers });
    const page = new ConsolePage(socket);
    await once(socket, 'open');
    return page;
  }

  ask(request: ConsoleRequest): void {
    this.socket.send(JSON.stringify(request));
  }

  of<Type extends ConsoleMessage['type']>(type: Type): Of<Type>[] {
    return this.messages.filter(message => message.type === type) as Of<Type>[];
  }

  /** Settles with the first message of the type, now or later, that is as asked. */
  async told<Type extends ConsoleMessage['type']>(
    type: Type,
    isIt: (message: Of<Type>) => boolean = () => true,
  ): Promise<Of<Type>> {
    for (;;) {
      const found = this.of(type).find(isIt);
      if (found) return found;
      await within(once(this.#news, 'message'), () => `a message ${type}`);
    }
  }

  /** Every entry and step of a watched call, put together as a page does. */
  whole(watch: number) {
    const told = this.messages.filter(
      message => (message.type === 'call' || message.type === 'callMoved') && message.watch === watch,
    ) as (Of<'call'> | Of<'callMoved'>)[];
    return {
      entries: told.flatMap(({ entries }) => entries),
      steps: told.flatMap(({ steps }) => steps),
      pieces: told,
    };
  }

  close(): Promise<unknown> {
    this.socket.close();
    return this.closed;
  }
}
