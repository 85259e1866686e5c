import type { Log } from '../call.ts';
import { CallRecord } from '../call-record.ts';
import type { CallStart, CallSummary, LogEntry } from '../journal.ts';
import type { CallBook } from './call-book.ts';
import type { LeftBehind } from './edge-storage.ts';

/** Where the cloud takes the records of calls that ended at the edge. */
export const ARCHIVE_PATH = '/edge/archive';

/**
 * A call that was worked on at the edge to its end, or what the edge knew of it when it handed it over. Accepting it twice does nothing,
 * and a record that knows more stays as it is.
 */
export interface ArchivedCall {
  start: CallStart;
  entries: readonly LogEntry[];
  summary: CallSummary;
}

/** Whether the cloud has accepted the record; false while the call is live there, or its end is being written. Rejects when neither is known. */
export type SendToArchive = (cloud: string, call: ArchivedCall) => Promise<boolean>;

const PAUSES_MS = [2_000, 10_000, 60_000, 600_000];
const LONGEST_PAUSE_MS = 3_600_000;
/** A call that is live is asked about again so often. */
const LIVE_PAUSE_MS = 60_000;

/** Sends the record of an ended call to the cloud, to one node after the other, until it is accepted. */
export class Archive {
  readonly #book: CallBook;
  readonly #send: SendToArchive;
  readonly #log: Log;
  #isSending = false;

  constructor(book: CallBook, send: SendToArchive, log: Log) {
    this.#book = book;
    this.#send = send;
    this.#log = log;
  }

  /** Sends what is due. When it fails, the next alarm comes after a pause that grows. */
  async run(): Promise<void> {
    // The alarm that has gone off must not be the last: what is under way may be lost with the object.
    if (this.#isSending) return this.#book.setBackstop();
    const { plan, state } = this.#book;
    if (!plan || state?.stage !== 'over' || !state.archive) return;
    // An alarm may go off a moment too early.
    if (!this.#book.isPast(state.nextTryMs)) return this.#book.setAlarm();

    this.#isSending = true;
    try {
      await this.#book.setBackstop();
      const call = await this.#call(plan.start, state.archive);
      const clouds = 'leftWith' in state.archive ? inOrder(state.archive, plan.clouds) : plan.clouds;
      const cloud = clouds[state.tries % Math.max(1, clouds.length)];
      if (call && cloud === undefined) throw new Error('no cloud node is known (CLOUD_REGIONS)');
      if (!call || !cloud || (await this.#send(cloud, call)))
        await this.#book.keep({ ...state, archive: null });
      else await this.#book.keep({ ...state, nextTryMs: this.#book.nowMs + LIVE_PAUSE_MS });
    } catch (error) {
      const tries = state.tries + 1;
      const pauseMs = PAUSES_MS[tries - 1] ?? LONGEST_PAUSE_MS;
      this.#log.warn(
        { callId: plan.start.callId, err: error },
        `The record of a call was not accepted; next try in ${pauseMs} ms.`,
      );
      await this.#book.keep({ ...state, tries, nextTryMs: this.#book.nowMs + pauseMs });
    } finally {
      this.#isSending = false;
      await this.#book.setAlarm();
    }
  }

  /** Null when nothing was ever known here of what was said. */
  async #call(start: CallStart, archive: CallSummary | LeftBehind): Promise<ArchivedCall | null> {
    const entries = (await this.#book.read())?.entries ?? [];
    if (!('leftWith' in archive)) return { start, entries, summary: archive };
    const latest = entries.at(-1);
    if (!latest) return null;
    const end = { endedAt: start.startedAt + latest.atMs, outcome: 'interrupted' as const };
    return { start, entries, summary: CallRecord.of(entries).summarise(start, end) };
  }
}

/** The node that had it may be about to write down more than is known here. */
function inOrder({ leftWith }: LeftBehind, clouds: readonly string[]): readonly string[] {
  return leftWith === null ? clouds : [leftWith, ...clouds.filter(cloud => cloud !== leftWith)];
}
