import { z } from 'zod';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import type { Socket } from '../../runtime/cloud/transport.ts';
import { type CallFeeds, TooManyFeeds } from './call-feeds.ts';
import type { CallsFeed } from './calls-feed.ts';
import type { ConsoleMessage, ConsoleRequest } from './protocol.ts';
import { CallsWatch, CallWatch, type Watch } from './watch.ts';

export interface ViewerOptions {
  clock: Clock;
  calls: CallsFeed;
  feeds: CallFeeds;
  onError(error: unknown): void;
}

const MOST_WATCHES = 32;
/** What may wait for a slow page before it is told less often. */
const HOLD_BYTES = 256 * 1024;
const TOO_SLOW_MS = 30_000;
const MOST_UNREADABLE = 10;

/** Close codes: RFC 6455, section 7.4.1, and the registry of IANA. */
const POLICY_VIOLATION = 1008;
const TRY_AGAIN_LATER = 1013;

const watch = z.int().min(0);
const request = z.discriminatedUnion('type', [
  z.object({ type: z.literal('watchCalls'), watch }),
  z.object({ type: z.literal('watchCall'), watch, callSid: z.string().regex(/^[\w-]{8,64}$/) }),
  z.object({ type: z.literal('unwatch'), watch }),
]) satisfies z.ZodType<ConsoleRequest>;

type WatchRequest = Exclude<ConsoleRequest, { type: 'unwatch' }>;

interface Watched {
  readonly asked: WatchRequest;
  /** Null while the call is looked for. */
  watch: Watch | null;
  lastMs: number;
  timer: TimerHandle | null;
  isHeld: boolean;
}

/** One page's WebSocket: what it watches, told no faster than it reads. */
export class Viewer {
  readonly #socket: Pick<Socket<unknown>, 'send' | 'bufferedBytes' | 'close'>;
  readonly #options: ViewerOptions;
  readonly #watched = new Map<number, Watched>();
  #slowTimer: TimerHandle | null = null;
  #unreadable = 0;

  constructor(socket: Pick<Socket<unknown>, 'send' | 'bufferedBytes' | 'close'>, options: ViewerOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  receive(text: string): void {
    const asked = readRequest(text);
    if (!asked) {
      this.#refuse(null, 'Send watchCalls, watchCall or unwatch as JSON, with a whole number as watch.');
      if (++this.#unreadable >= MOST_UNREADABLE)
        this.#socket.close(POLICY_VIOLATION, 'not the console protocol');
    } else if (asked.type === 'unwatch') this.#leave(asked.watch);
    else this.#begin(asked);
  }

  send(message: ConsoleMessage): void {
    if (this.#socket.send(JSON.stringify(message)) === 'dropped')
      this.#socket.close(TRY_AGAIN_LATER, 'too slow');
  }

  /** The page has read all that was waiting. */
  drained(): void {
    this.#options.clock.clearTimeout(this.#slowTimer);
    this.#slowTimer = null;
    for (const watched of this.#watched.values()) {
      if (!watched.isHeld) continue;
      watched.isHeld = false;
      this.#soon(watched);
    }
  }

  close(): void {
    for (const number of [...this.#watched.keys()]) this.#leave(number);
    this.#options.clock.clearTimeout(this.#slowTimer);
    this.#slowTimer = null;
  }

  #begin(asked: WatchRequest): void {
    if (this.#watched.has(asked.watch)) {
      this.#refuse(asked.watch, `The watch ${asked.watch} is there already: take another number.`);
      return;
    }
    if (this.#watched.size >= MOST_WATCHES) {
      this.#refuse(asked.watch, `${MOST_WATCHES} watches are the most: send unwatch for one.`);
      return;
    }
    const watched: Watched = {
      asked,
      watch: null,
      lastMs: Number.NEGATIVE_INFINITY,
      timer: null,
      isHeld: false,
    };
    this.#watched.set(asked.watch, watched);
    this.#look(watched);
  }

  #look(watched: Watched): void {
    const { asked } = watched;
    if (asked.type === 'watchCall') {
      void this.#watchCall(asked, watched);
      return;
    }
    const { calls } = this.#options;
    watched.watch = new CallsWatch(
      asked.watch,
      listener => calls.join(listener),
      () => this.#soon(watched),
    );
    this.#tell(watched);
  }

  async #watchCall({ watch: number, callSid }: { watch: number; callSid: string }, watched: Watched) {
    try {
      const joined = await this.#options.feeds.join(callSid, () => this.#soon(watched));
      if (this.#watched.get(number) !== watched) {
        joined?.leave();
        return;
      }
      if (joined) {
        watched.watch = new CallWatch(number, joined.feed, joined.leave);
        this.#tell(watched);
        return;
      }
      this.#watched.delete(number);
      this.#refuse(number, 'There is no such call.');
    } catch (error) {
      if (this.#watched.get(number) !== watched) return;
      this.#watched.delete(number);
      if (error instanceof TooManyFeeds) this.#refuse(number, error.message);
      else {
        this.#options.onError(error);
        this.#refuse(number, 'The call cannot be read at the moment. The log of the server says why.');
      }
    }
  }

  #leave(number: number): void {
    const watched = this.#watched.get(number);
    if (!watched) return;
    this.#watched.delete(number);
    this.#options.clock.clearTimeout(watched.timer);
    watched.watch?.leave();
  }

  #soon(watched: Watched): void {
    if (watched.timer !== null || watched.isHeld || !watched.watch) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, watched.lastMs + watched.watch.everyMs - clock.now());
    watched.timer = clock.setTimeout(() => {
      watched.timer = null;
      this.#tell(watched);
    }, waitMs);
  }

  #tell(watched: Watched): void {
    if (this.#socket.bufferedBytes > HOLD_BYTES) {
      watched.isHeld = true;
      this.#slowTimer ??= this.#options.clock.setTimeout(
        () => this.#socket.close(TRY_AGAIN_LATER, 'too slow'),
        TOO_SLOW_MS,
      );
      return;
    }
    const message = watched.watch?.next();
    if (!message) {
      if (watched.watch?.hasLeft) this.#lookAgain(watched);
      return;
    }
    watched.lastMs = this.#options.clock.now();
    this.send(message);
    if (watched.watch?.hasMore) this.#soon(watched);
  }

  #lookAgain(watched: Watched): void {
    watched.watch?.leave();
    watched.watch = null;
    this.#look(watched);
  }

  #refuse(number: number | null, reason: string): void {
    this.send({ type: 'refused', watch: number, reason });
  }
}

function readRequest(text: string): ConsoleRequest | null {
  try {
    return request.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
