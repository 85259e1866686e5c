import type { Clock, TimerHandle } from '../../../runtime/clock.ts';
import type { Fault } from '../emulator.ts';

export interface OutputOptions<Item> {
  clock: Clock;
  fault: Fault | null;
  send(item: Item): void;
  /** Breaks the connection without a word. */
  cut(): void;
  /** Ends it with an error of the service's own. */
  breakDown(): void;
  /** An output that nobody can read, in place of `item`. */
  garble(item: Item): Item;
}

const DRIP_MS = 100;

/** What one request is answered, in order, with its fault struck where it was ordered. */
export class Output<Item> {
  readonly #options: OutputOptions<Item>;
  #queue: { item: Item; afterMs: number }[] = [];
  #sent = 0;
  #timer: TimerHandle | null = null;
  #waited = false;
  #ended = false;

  constructor(options: OutputOptions<Item>) {
    this.#options = options;
  }

  /** `afterMs`: how long the output takes to be made, counted from the one before it. */
  push(item: Item, afterMs = 0): void {
    if (this.#ended) return;
    this.#queue.push({ item, afterMs });
    this.#pump();
  }

  /** Forgets what has not been sent. */
  clear(): void {
    this.#queue = [];
    this.#cancel();
  }

  end(): void {
    this.#ended = true;
    this.clear();
  }

  #pump(): void {
    while (!this.#ended && this.#timer === null) {
      const next = this.#queue[0];
      if (!next) return;
      const delayMs = this.#delayMs(next.afterMs);
      if (!this.#waited && delayMs > 0) {
        this.#wait(delayMs);
        return;
      }

      this.#waited = false;
      this.#queue.shift();
      this.#put(next.item);
    }
  }

  #delayMs(afterMs: number): number {
    const { fault } = this.#options;
    if (fault?.kind === 'stallAfter' && this.#sent === (fault.afterEvents ?? 0))
      return afterMs + (fault.ms ?? Number.POSITIVE_INFINITY);
    if (fault?.kind === 'drip') return afterMs + (fault.ms ?? DRIP_MS);
    return afterMs;
  }

  #wait(delayMs: number): void {
    if (delayMs === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#options.clock.setTimeout(() => {
      this.#timer = null;
      this.#waited = true;
      this.#pump();
    }, delayMs);
  }

  #put(item: Item): void {
    const { fault, send, cut, breakDown, garble } = this.#options;
    const strikes = this.#sent === (fault?.afterEvents ?? 0);
    this.#sent++;
    if (strikes && fault?.kind === 'cut') {
      this.end();
      cut();
    } else if (strikes && fault?.kind === 'serverError') {
      this.end();
      breakDown();
    } else send(strikes && fault?.kind === 'malformed' ? garble(item) : item);
  }

  #cancel(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#waited = false;
  }
}
