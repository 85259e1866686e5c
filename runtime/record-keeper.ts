import type { Call, Log } from './call.ts';
import type { Clock, TimerHandle } from './clock.ts';
import type { CallSummary, Journal, LogEntry } from './journal.ts';

/** What was said and done in the last quarter of a second may be lost with the process. */
const FLUSH_EVERY_MS = 250;
/** A write that fails is tried again after so long, then twice as long, … */
const RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

interface Kept {
  call: Call;
  /** The writes of one call, in order. */
  tail: Promise<void>;
  savedTurn: number;
}

/** Writes every call's log to the journal while it runs, a snapshot once a turn, and the record when it has ended. */
export class RecordKeeper {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #kept = new Map<string, Kept>();
  readonly #finishing = new Set<Promise<void>>();
  #timer: TimerHandle | null = null;

  constructor(journal: Journal, clock: Clock, log: Log) {
    this.#journal = journal;
    this.#clock = clock;
    this.#log = log;
  }

  /** A restored call is known to the journal already. */
  keep(call: Call, isKnown: boolean): void {
    const kept: Kept = { call, tail: Promise.resolve(), savedTurn: 0 };
    this.#kept.set(call.start.callId, kept);
    if (!isKnown) this.#write(kept, () => this.#journal.begin(call.start));
    this.#timer ??= this.#clock.setTimeout(this.#flushAll, FLUSH_EVERY_MS);
  }

  /** The call has ended: its record is tried until it is written. */
  finish(call: Call, summary: CallSummary): void {
    const kept = this.#kept.get(call.start.callId);
    if (!kept) return;
    this.#kept.delete(call.start.callId);
    this.#append(kept);
    this.#write(kept, () => this.#journal.finish(summary));
    const finishing = kept.tail.finally(() => {
      this.#finishing.delete(finishing);
    });
    this.#finishing.add(finishing);
  }

  /** Resolves when every ended call is on record. */
  async settled(): Promise<void> {
    while (this.#finishing.size > 0) await Promise.all(this.#finishing);
  }

  readonly #flushAll = () => {
    this.#timer = null;
    for (const kept of this.#kept.values()) this.#flush(kept);
    if (this.#kept.size > 0) this.#timer = this.#clock.setTimeout(this.#flushAll, FLUSH_EVERY_MS);
  };

  #flush(kept: Kept): void {
    const { call } = kept;
    if (!call.log.hasPending) return;
    this.#append(kept);
    if (call.record.lastTurn === kept.savedTurn) return;
    kept.savedTurn = call.record.lastTurn;
    const frozen = call.freeze();
    this.#write(kept, () => this.#journal.saveSnapshot(call.start.callId, frozen));
  }

  #append(kept: Kept): void {
    const entries: readonly LogEntry[] = kept.call.log.takePending();
    if (entries.length > 0) this.#write(kept, () => this.#journal.append(kept.call.start.callId, entries));
  }

  #write(kept: Kept, write: () => Promise<void>): void {
    kept.tail = kept.tail.then(() => this.#untilWritten(kept.call.start.callId, write));
  }

  async #untilWritten(callId: string, write: () => Promise<void>): Promise<void> {
    for (let waitMs = RETRY_MS; ; waitMs = Math.min(2 * waitMs, MAX_RETRY_MS)) {
      try {
        await write();
        return;
      } catch (error) {
        this.#log.error({ callId, err: error }, `The record was not written; next try in ${waitMs} ms.`);
        await new Promise<void>(resolve => this.#clock.setTimeout(resolve, waitMs));
      }
    }
  }
}
