import type { CallSummary } from '../../runtime/journal.ts';
import { CallFeed, type FeedOptions } from './call-feed.ts';
import { liveCall } from './call-past.ts';

const MOST_FEEDS = 64;

/** So many calls are looked at that another would cost the others. */
export class TooManyFeeds extends Error {
  override readonly name = 'TooManyFeeds';

  constructor() {
    super(`${MOST_FEEDS} calls are being looked at already. Close one of them.`);
  }
}

/** The calls that somebody looks at, each followed once. */
export class CallFeeds {
  readonly #options: FeedOptions;
  readonly #open = new Map<string, CallFeed>();
  readonly #opening = new Map<string, Promise<CallFeed | null>>();
  /** Calls that ended while some feed was being opened. */
  readonly #endedMeanwhile = new Map<string, CallSummary>();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Null when nobody knows the call. Throws `TooManyFeeds`, and when the records cannot be read. */
  async join(id: string, listener: () => void): Promise<{ feed: CallFeed; leave: () => void } | null> {
    let feed = this.#known(id) ?? (await this.#begin(id));
    // Another may have left it before we came to it.
    while (feed && this.#open.get(feed.callId) !== feed) feed = await this.#begin(id);
    if (!feed) return null;
    const stop = feed.listen(listener);
    return {
      feed,
      leave: () => {
        stop();
        if (feed.isWatched) return;
        feed.close();
        if (this.#open.get(feed.callId) === feed) this.#open.delete(feed.callId);
      },
    };
  }

  ended(callId: string, summary: CallSummary): void {
    if (this.#opening.size > 0) this.#endedMeanwhile.set(callId, summary);
    this.#open.get(callId)?.ended(summary);
  }

  /** The call has gone to another node, or has come from one: whoever looks has to look again. */
  left(callId: string): void {
    const feed = this.#open.get(callId);
    this.#open.delete(callId);
    feed?.left();
  }

  get size(): number {
    return this.#open.size;
  }

  #known(id: string): CallFeed | undefined {
    const feed = this.#open.get(id);
    if (feed) return feed;
    for (const each of this.#open.values()) if (each.opening.callSid === id) return each;
    return undefined;
  }

  #begin(id: string): Promise<CallFeed | null> {
    const under = this.#opening.get(id);
    if (under) return under;
    if (this.#open.size + this.#opening.size >= MOST_FEEDS) throw new TooManyFeeds();
    const opening = this.#openFeed(id).finally(() => {
      this.#opening.delete(id);
      if (this.#opening.size === 0) this.#endedMeanwhile.clear();
    });
    this.#opening.set(id, opening);
    return opening;
  }

  async #openFeed(id: string): Promise<CallFeed | null> {
    const feed = await CallFeed.open(id, this.#options);
    if (!feed) return null;
    // Meanwhile somebody may have asked for it by its other name.
    const other = this.#open.get(feed.callId);
    if (other) {
      feed.close();
      return other;
    }
    const summary = this.#endedMeanwhile.get(feed.callId);
    if (!summary && feed.live !== liveCall(this.#options.live, feed.callId)) {
      // Meanwhile the call has gone to another node, or come from one.
      feed.close();
      return this.#openFeed(id);
    }
    this.#open.set(feed.callId, feed);
    if (summary) feed.ended(summary);
    return feed;
  }
}
