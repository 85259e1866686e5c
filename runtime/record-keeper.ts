import type { Call, Log } from './call.ts';
import { type Clock, passing, type TimerHandle } from './clock.ts';
import { type CallSummary, CallTakenOver, type Failures, type Journal, type LogEntry } from './journal.ts';
import { isTurnBoundary, isUrgent } from './saving-rules.ts';

/** What was said and done in the last quarter of a second may be lost with the process. */
const FLUSH_EVERY_MS = 250;
/** A write that fails is tried again after so long, then twice as long, … */
const RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;

interface Kept {
  readonly call: Call;
  /** The writes that this call has for itself, in order: its beginning, what no batch could write, its end. */
  tail: Promise<void>;
  /** How many of those are not done yet. The call is in no batch until they are. */
  apart: number;
  /** Given to the journal, and not known to be written. */
  unwritten: readonly LogEntry[];
  wantsSnapshot: boolean;
  /** Its beginning is written. */
  hasBegun: boolean;
  /** Another node has it, or it has been let go: nothing more is written. */
  isGone: boolean;
  stopListening(): void;
}

/**
 * Writes every call's log to the journal while it runs, a snapshot at every boundary of a turn, and the record when it has
 * ended. Logs of all calls go out together, and so do snapshots; what must not be lost goes out at once.
 */
export class RecordKeeper {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #takenOver: (callId: string) => void;
  readonly #kept = new Map<string, Kept>();
  /** With the carrier's ids of the calls. */
  readonly #finishing = new Map<Promise<void>, string>();
  #timer: TimerHandle | null = null;
  /** The batch under way. */
  #round: Promise<void> | null = null;
  /** What is to be written as soon as that one is done. */
  #askedFor: 'logs' | 'everything' | null = null;
  #isHurried = false;
  #retryMs = RETRY_MS;
  #restUntilMs = Number.NEGATIVE_INFINITY;

  /** `takenOver` hears of every call that another node has claimed; it is kept no longer. */
  constructor(journal: Journal, clock: Clock, log: Log, takenOver: (callId: string) => void = () => {}) {
    this.#journal = journal;
    this.#clock = clock;
    this.#log = log;
    this.#takenOver = takenOver;
  }

  /**
   * A restored call is known to the journal already. `inherited` is the log of an unknown one from its life elsewhere,
   * which goes to the journal too.
   */
  keep(call: Call, isKnown: boolean, inherited: readonly LogEntry[] = []): void {
    const { callId } = call.start;
    const kept: Kept = {
      call,
      tail: Promise.resolve(),
      apart: 0,
      unwritten: inherited,
      wantsSnapshot: inherited.length > 0,
      hasBegun: isKnown,
      isGone: false,
      stopListening: call.log.listen(entry => this.#heard(kept, entry)),
    };
    this.#kept.set(callId, kept);
    if (!isKnown)
      this.#write(kept, async () => {
        await this.#journal.begin(call.start);
        kept.hasBegun = true;
      });
    this.#timer ??= this.#clock.setTimeout(this.#tick, FLUSH_EVERY_MS);
  }

  /** The call has ended: its record is tried until it is written. */
  finish(call: Call, summary: CallSummary): void {
    const { callId } = call.start;
    const kept = this.#kept.get(callId);
    if (!kept) return;
    this.#kept.delete(callId);
    kept.stopListening();
    this.#appendApart(kept);
    this.#write(kept, () => this.#journal.finish(summary));
    const finishing = kept.tail.finally(() => {
      this.#finishing.delete(finishing);
    });
    this.#finishing.set(finishing, call.start.callSid);
  }

  /** Whether a call with the carrier's id has ended and its record is not written yet. */
  isFinishing(callSid: string): boolean {
    for (const each of this.#finishing.values()) if (each === callSid) return true;
    return false;
  }

  /** Whether the records know of the call: until they do nobody else could go on with it. */
  hasBegun(callId: string): boolean {
    return this.#kept.get(callId)?.hasBegun ?? false;
  }

  /** Writes nothing more about the call. Gives what is not surely written; some of it may be. */
  letGo(callId: string): readonly LogEntry[] {
    const kept = this.#kept.get(callId);
    if (!kept) return [];
    this.#drop(kept);
    return [...kept.unwritten, ...kept.call.log.takePending()];
  }

  /** Resolves when every ended call is on record. */
  async settled(): Promise<void> {
    while (this.#finishing.size > 0) await Promise.all(this.#finishing.keys());
  }

  #heard(kept: Kept, entry: LogEntry): void {
    if (isTurnBoundary(entry)) kept.wantsSnapshot = true;
    if (!isUrgent(entry) || this.#isHurried) return;
    this.#isHurried = true;
    // What else comes of the event in the same breath goes along.
    queueMicrotask(() => {
      this.#isHurried = false;
      this.#flush('logs');
    });
  }

  readonly #tick = () => {
    this.#timer = null;
    this.#flush('everything');
    if (this.#kept.size > 0) this.#timer = this.#clock.setTimeout(this.#tick, FLUSH_EVERY_MS);
  };

  /**
   * One batch at a time: what comes while one is under way waits for the next. A snapshot is never urgent: with the log, the
   * one before will do.
   */
  #flush(what: 'logs' | 'everything'): void {
    if (this.#clock.now() < this.#restUntilMs) return;
    if (this.#round) {
      if (this.#askedFor !== 'everything') this.#askedFor = what;
      return;
    }
    const logs = new Map<string, readonly LogEntry[]>();
    const frozen = new Map<string, unknown>();
    const flushed: Kept[] = [];
    for (const [callId, kept] of this.#kept) {
      if (kept.apart > 0) continue;
      if (kept.call.log.hasPending) kept.unwritten = [...kept.unwritten, ...kept.call.log.takePending()];
      if (kept.unwritten.length > 0) logs.set(callId, kept.unwritten);
      if (what === 'everything' && kept.wantsSnapshot) this.#freeze(kept, frozen);
      if (logs.has(callId) || frozen.has(callId)) flushed.push(kept);
    }
    if (flushed.length === 0) return;
    this.#round = this.#writeRound(flushed, logs, frozen).then(() => {
      this.#round = null;
      const asked = this.#askedFor;
      this.#askedFor = null;
      if (asked) this.#flush(asked);
    });
  }

  #freeze(kept: Kept, into: Map<string, unknown>): void {
    const { callId } = kept.call.start;
    kept.wantsSnapshot = false;
    try {
      into.set(callId, kept.call.freeze());
    } catch (error) {
      this.#log.error({ callId, err: error }, 'A call could not be frozen; its log is kept all the same.');
    }
  }

  /** Entries before snapshots: a snapshot must never be ahead of the log. */
  async #writeRound(
    flushed: readonly Kept[],
    logs: ReadonlyMap<string, readonly LogEntry[]>,
    frozen: Map<string, unknown>,
  ): Promise<void> {
    try {
      const failures = logs.size > 0 ? await this.#appendAll(logs) : noFailures;
      for (const kept of flushed) {
        const { callId } = kept.call.start;
        if (!failures.has(callId)) {
          kept.unwritten = [];
          continue;
        }
        frozen.delete(callId);
        kept.wantsSnapshot = true;
        this.#failed(kept, failures.get(callId));
      }
      if (frozen.size > 0) await this.#saveSnapshots(flushed, frozen);
      this.#retryMs = RETRY_MS;
    } catch (error) {
      for (const kept of flushed) if (frozen.has(kept.call.start.callId)) kept.wantsSnapshot = true;
      this.#log.error(
        { calls: flushed.length, err: error },
        `Nothing could be written of the live calls; next try in ${this.#retryMs} ms.`,
      );
      this.#restUntilMs = this.#clock.now() + this.#retryMs;
      this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
    }
  }

  async #appendAll(logs: ReadonlyMap<string, readonly LogEntry[]>): Promise<Failures> {
    return this.#journal.appendAll
      ? this.#journal.appendAll(logs)
      : oneByOne(logs, (callId, entries) => this.#journal.append(callId, entries));
  }

  async #saveSnapshots(flushed: readonly Kept[], frozen: ReadonlyMap<string, unknown>): Promise<void> {
    const failures = this.#journal.saveSnapshots
      ? await this.#journal.saveSnapshots(frozen)
      : await oneByOne(frozen, (callId, one) => this.#journal.saveSnapshot(callId, one));
    for (const [callId, error] of failures) {
      const kept = flushed.find(one => one.call.start.callId === callId);
      if (kept && error instanceof CallTakenOver) this.#lose(kept);
      // The log goes on from the snapshot before; the next turn brings another.
      else this.#log.error({ callId, err: error }, 'A snapshot was not written.');
    }
  }

  #failed(kept: Kept, error: unknown): void {
    const { callId } = kept.call.start;
    if (error instanceof CallTakenOver) {
      this.#lose(kept);
      return;
    }
    // An ended call writes what is left before its end.
    if (this.#kept.get(callId) !== kept) return;
    this.#log.error({ callId, err: error }, 'The log of one call was not written; it is tried by itself.');
    this.#appendApart(kept);
  }

  #appendApart(kept: Kept): void {
    this.#write(kept, async () => {
      if (this.#round && this.#kept.get(kept.call.start.callId) !== kept) await this.#round;
      kept.unwritten = [...kept.unwritten, ...kept.call.log.takePending()];
      if (kept.unwritten.length === 0) return;
      await this.#journal.append(kept.call.start.callId, kept.unwritten);
      kept.unwritten = [];
    });
  }

  #write(kept: Kept, write: () => Promise<void>): void {
    kept.apart++;
    kept.tail = kept.tail
      .then(() => this.#untilWritten(kept, write))
      .then(() => {
        kept.apart--;
      });
  }

  async #untilWritten(kept: Kept, write: () => Promise<void>): Promise<void> {
    const { callId } = kept.call.start;
    for (let waitMs = RETRY_MS; !kept.isGone; waitMs = Math.min(2 * waitMs, MAX_RETRY_MS)) {
      try {
        await write();
        return;
      } catch (error) {
        if (error instanceof CallTakenOver) {
          this.#lose(kept);
          return;
        }
        this.#log.error({ callId, err: error }, `The record was not written; next try in ${waitMs} ms.`);
        await passing(waitMs, this.#clock);
      }
    }
  }

  #lose(kept: Kept): void {
    if (kept.isGone) return;
    const { callId } = kept.call.start;
    this.#drop(kept);
    this.#log.warn({ callId }, 'Another node has taken a call over; nothing more is written about it here.');
    this.#takenOver(callId);
  }

  #drop(kept: Kept): void {
    const { callId } = kept.call.start;
    kept.isGone = true;
    kept.stopListening();
    if (this.#kept.get(callId) === kept) this.#kept.delete(callId);
  }
}

const noFailures: Failures = new Map();

/** For a journal that takes one call at a time. */
async function oneByOne<T>(
  of: ReadonlyMap<string, T>,
  write: (callId: string, value: T) => Promise<void>,
): Promise<Failures> {
  const failures = new Map<string, unknown>();
  const attempts = [...of].map(([callId, value]) =>
    write(callId, value).catch(error => failures.set(callId, error)),
  );
  await Promise.all(attempts);
  return failures;
}
