import type { CallFeed } from './call-feed.ts';
import type { CallsNews } from './calls-feed.ts';
import type { CallRow, ConsoleMessage } from './protocol.ts';

/** Something that a page watches: what there is to tell waits here until the page can take it. */
export interface Watch {
  /** Messages come no closer together. */
  readonly everyMs: number;
  /** What there is to tell, in one message; null when there is nothing. */
  next(): ConsoleMessage | null;
  /** There is something to tell still. */
  readonly hasMore: boolean;
  /** What is watched is not here any more, and all of it has been told: it is to be looked for anew. */
  readonly hasLeft: boolean;
  leave(): void;
}

/** All live calls. A call that moves again before it was told of is told of once. */
export class CallsWatch implements Watch {
  readonly everyMs = 250;
  readonly #watch: number;
  #all: readonly CallRow[] | null;
  /** By SID; null: it is not here any more. */
  readonly #news = new Map<string, CallRow | null>();
  readonly #leave: () => void;

  constructor(
    watch: number,
    join: (listener: (news: CallsNews) => void) => { all: readonly CallRow[]; leave: () => void },
    moved: (watch: CallsWatch) => void,
  ) {
    this.#watch = watch;
    const { all, leave } = join(({ changed, gone }) => {
      for (const row of changed) this.#news.set(row.callSid, row);
      for (const callSid of gone) this.#news.set(callSid, null);
      moved(this);
    });
    this.#all = all;
    this.#leave = leave;
  }

  next(): ConsoleMessage | null {
    const all = this.#all;
    if (all) {
      this.#all = null;
      return { type: 'calls', watch: this.#watch, all };
    }
    if (this.#news.size === 0) return null;
    const news = [...this.#news];
    this.#news.clear();
    return {
      type: 'callsChanged',
      watch: this.#watch,
      changed: news.flatMap(([, row]) => row ?? []),
      gone: news.flatMap(([callSid, row]) => (row ? [] : callSid)),
    };
  }

  get hasMore(): boolean {
    return this.#all !== null || this.#news.size > 0;
  }

  readonly hasLeft = false;

  leave(): void {
    this.#leave();
  }
}

/** A long call is told in pieces of so many entries: some 200 KB, and some 20 ms to make. */
const PIECE_ENTRIES = 200;

/** One call, from its beginning to its end. */
export class CallWatch implements Watch {
  readonly everyMs = 50;
  readonly #watch: number;
  readonly #feed: CallFeed;
  readonly #leave: () => void;
  #entries = 0;
  #steps = 0;
  #isOpened = false;
  #isEnded = false;

  constructor(watch: number, feed: CallFeed, leave: () => void) {
    this.#watch = watch;
    this.#feed = feed;
    this.#leave = leave;
  }

  next(): ConsoleMessage | null {
    const { opening } = this.#feed;
    const watch = this.#watch;
    if (!this.#isOpened) {
      this.#isOpened = true;
      return { type: 'call', watch, call: opening, ...this.#piece() };
    }
    const piece = this.#piece();
    if (piece.entries.length > 0) return { type: 'callMoved', watch, ...piece };
    const { summary } = this.#feed;
    if (!summary || this.#isEnded) return null;
    this.#isEnded = true;
    return { type: 'callEnded', watch, summary };
  }

  get hasMore(): boolean {
    return (
      !this.#isOpened || this.#toCome > 0 || this.hasLeft || (this.#feed.summary !== null && !this.#isEnded)
    );
  }

  get hasLeft(): boolean {
    return this.#feed.hasLeft && this.#isOpened && this.#toCome === 0;
  }

  leave(): void {
    this.#leave();
  }

  get #toCome(): number {
    return this.#feed.entries.length - this.#entries + this.#feed.waiting;
  }

  #piece() {
    const feed = this.#feed;
    const lacking = this.#entries + PIECE_ENTRIES - feed.entries.length;
    if (lacking > 0) feed.advance(lacking);
    const entries = feed.entries.slice(this.#entries, this.#entries + PIECE_ENTRIES);
    this.#entries += entries.length;
    const lastSeq = entries.at(-1)?.seq ?? 0;
    const firstStep = this.#steps;
    while ((feed.steps[this.#steps]?.seq ?? Number.POSITIVE_INFINITY) <= lastSeq) this.#steps++;
    return { entries, steps: feed.steps.slice(firstStep, this.#steps), toCome: this.#toCome };
  }
}
