import type { Call } from '../../runtime/call.ts';
import type { Clock, TimerHandle } from '../../runtime/clock.ts';
import { LiveRow, type RowOptions } from './live-row.ts';
import type { CallRow } from './protocol.ts';

export interface CallsFeedOptions extends RowOptions {
  calls(): Iterable<Call>;
  clock: Clock;
}

/** What has changed since somebody was last told. */
export interface CallsNews {
  changed: readonly CallRow[];
  /** SIDs of calls that are not here any more. */
  gone: readonly string[];
}

const TELL_EVERY_MS = 250;

interface Followed {
  row: LiveRow;
  stop: () => void;
}

/**
 * The list of live calls. While nobody watches, it knows of no call and listens to none; while somebody does, a quarter of
 * a second gathers what moved, and only that is worked out again, once for all who watch.
 */
export class CallsFeed {
  readonly #options: CallsFeedOptions;
  readonly #followed = new Map<Call, Followed>();
  readonly #moved = new Set<LiveRow>();
  #gone: string[] = [];
  readonly #listeners = new Set<(news: CallsNews) => void>();
  #timer: TimerHandle | null = null;

  constructor(options: CallsFeedOptions) {
    this.#options = options;
  }

  /** Every call as it is now; `listener` hears what changes from then on. */
  join(listener: (news: CallsNews) => void): { all: readonly CallRow[]; leave: () => void } {
    if (this.#listeners.size === 0) for (const call of this.#options.calls()) this.#follow(call);
    else this.#tell();
    this.#listeners.add(listener);
    const all = [...this.#followed.values()].map(({ row }) => row.row());
    return {
      all,
      leave: () => {
        if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#forgetAll();
      },
    };
  }

  began(call: Call): void {
    if (this.#listeners.size === 0) return;
    this.#note(this.#follow(call));
  }

  /** It has ended, or goes on at another node. */
  gone(call: Call): void {
    const followed = this.#followed.get(call);
    if (!followed) return;
    followed.stop();
    this.#followed.delete(call);
    this.#moved.delete(followed.row);
    this.#gone.push(call.start.callSid);
    this.#arm();
  }

  /** How many calls are listened to. */
  get following(): number {
    return this.#followed.size;
  }

  #follow(call: Call): LiveRow {
    const known = this.#followed.get(call);
    if (known) return known.row;
    const row = new LiveRow(call, this.#options);
    const stop = call.log.listen(entry => {
      row.take(entry);
      this.#note(row);
    });
    this.#followed.set(call, { row, stop });
    return row;
  }

  #note(row: LiveRow): void {
    this.#moved.add(row);
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= this.#options.clock.setTimeout(() => {
      this.#timer = null;
      this.#tell();
    }, TELL_EVERY_MS);
  }

  #tell(): void {
    const changed = [...this.#moved].map(row => row.change()).filter(row => row !== null);
    const gone = this.#takeGone();
    this.#moved.clear();
    if (changed.length + gone.length > 0) for (const listener of this.#listeners) listener({ changed, gone });
  }

  /** A call that left and came back is one that was here all the time. */
  #takeGone(): readonly string[] {
    const gone = new Set(this.#gone);
    this.#gone = [];
    if (gone.size > 0) for (const { start } of this.#followed.keys()) gone.delete(start.callSid);
    return [...gone];
  }

  #forgetAll(): void {
    for (const { stop } of this.#followed.values()) stop();
    this.#followed.clear();
    this.#moved.clear();
    this.#gone = [];
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
