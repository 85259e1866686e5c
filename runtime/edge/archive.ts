import type { Log } from '../call.ts';
import type { CallStart, CallSummary, LogEntry } from '../journal.ts';
import type { CallBook } from './call-book.ts';

/** Where the cloud takes the records of calls that ended at the edge. */
export const ARCHIVE_PATH = '/edge/archive';

/** A call that was worked on at the edge to its end. Accepting it twice does nothing. */
export interface ArchivedCall {
  start: CallStart;
  entries: readonly LogEntry[];
  summary: CallSummary;
}

/** Rejects unless the cloud has accepted the record. */
export type SendToArchive = (cloud: string, call: ArchivedCall) => Promise<void>;

const PAUSES_MS = [2_000, 10_000, 60_000, 600_000];
const LONGEST_PAUSE_MS = 3_600_000;

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
    const { plan, state } = this.#book;
    if (this.#isSending || !plan || state?.stage !== 'over' || !state.archive) return;
    if (!this.#book.isPast(state.nextTryMs)) return;

    this.#isSending = true;
    try {
      const cloud = plan.clouds[state.tries % Math.max(1, plan.clouds.length)];
      if (cloud === undefined) throw new Error('no cloud node is known (CLOUD_REGIONS)');
      const stored = await this.#book.read();
      await this.#send(cloud, { start: plan.start, entries: stored?.entries ?? [], summary: state.archive });
      await this.#book.keep({ ...state, archive: null });
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
}
