import type { CallEvent } from '../machines/call-events.ts';
import type { Clock, TimerHandle } from './clock.ts';
import type { LogEntry, Note } from './journal.ts';

/**
 * A call's event log: everything that drives its chart, in order, and the notes beside it. What has not been written to
 * the journal yet waits in `takePending`.
 */
export class CallLog {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  #seq: number;
  #pending: LogEntry[] = [];
  readonly #kept: LogEntry[] | null;

  /** `atMs` and `seq` continue where an earlier life of the call ended. `kept` is its log, where all of it is to be kept. */
  constructor(
    clock: Clock,
    from: { seq: number; atMs: number } = { seq: 0, atMs: 0 },
    kept: readonly LogEntry[] | null = null,
  ) {
    this.#clock = clock;
    this.#startedMs = clock.now() - from.atMs;
    this.#seq = from.seq;
    this.#kept = kept && [...kept];
  }

  /** Everything since the call began, where it is kept; otherwise null. */
  get entries(): readonly LogEntry[] | null {
    return this.#kept;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Milliseconds since the call's start. */
  get nowMs(): number {
    return this.#clock.now() - this.#startedMs;
  }

  event(event: CallEvent): void {
    this.#append({ seq: ++this.#seq, atMs: this.nowMs, kind: 'event', event });
  }

  timer(timer: number): void {
    this.#append({ seq: ++this.#seq, atMs: this.nowMs, kind: 'timer', timer });
  }

  note(note: Note): void {
    this.#append({ seq: ++this.#seq, atMs: this.nowMs, kind: 'note', note });
  }

  /** Hears every entry as it is written. Returns how to stop. */
  listen(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** What `takePending` would give, left where it is. */
  get pending(): readonly LogEntry[] {
    return this.#pending;
  }

  takePending(): LogEntry[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }

  #append(entry: LogEntry): void {
    this.#pending.push(entry);
    this.#kept?.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }
}

/**
 * The clock a call's chart runs on. Timers are numbered in the order they are armed, which the chart alone decides, and
 * the log says when each went off: with that a replay needs no real time.
 */
export class ChartClock {
  readonly #clock: Clock;
  readonly #fired: (timer: number) => void;
  /** The latest timer's number. A restored call goes on counting where it was. */
  armed = 0;

  constructor(clock: Clock, fired: (timer: number) => void) {
    this.#clock = clock;
    this.#fired = fired;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(run: () => void, delayMs: number): TimerHandle {
    const timer = ++this.armed;
    return this.#clock.setTimeout(() => {
      this.#fired(timer);
      run();
    }, delayMs);
  }

  clearTimeout(handle: TimerHandle): void {
    this.#clock.clearTimeout(handle);
  }
}
