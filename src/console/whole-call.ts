import { passing } from '../../runtime/clock.ts';
import { CallFeed, type FeedOptions } from './call-feed.ts';

/** Some 20 ms of work, between which calls get their turn. */
const SLICE_ENTRIES = 200;

/** A call with all its steps, as far as it has come. Null when nobody knows it. */
export async function wholeCall(id: string, options: FeedOptions): Promise<CallFeed | null> {
  const feed = await CallFeed.open(id, options);
  try {
    while (feed && feed.waiting > 0) {
      feed.advance(SLICE_ENTRIES);
      await passing(0, options.clock);
    }
  } finally {
    feed?.close();
  }
  return feed;
}
