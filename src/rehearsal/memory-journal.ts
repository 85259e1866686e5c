import type { CallStart, CallSummary, Journal, LogEntry } from '../../runtime/journal.ts';

/** Keeps everything, and can be told to fail. */
export class MemoryJournal implements Journal {
  readonly started: CallStart[] = [];
  readonly entries: LogEntry[] = [];
  readonly finished: CallSummary[] = [];
  /** The latest frozen call, as it would come back from a disk; null when none was kept. */
  frozen: unknown = null;
  failures = 0;
  readonly #keepsSnapshots: boolean;

  constructor(options: { keepsSnapshots: boolean } = { keepsSnapshots: true }) {
    this.#keepsSnapshots = options.keepsSnapshots;
  }

  async begin(start: CallStart): Promise<void> {
    this.#mayFail();
    this.started.push(start);
  }

  async append(_: string, entries: readonly LogEntry[]): Promise<void> {
    this.#mayFail();
    this.entries.push(...entries);
  }

  async saveSnapshot(_: string, frozen: unknown): Promise<void> {
    if (this.#keepsSnapshots) this.frozen = JSON.parse(JSON.stringify(frozen));
  }

  async release(callId: string, frozen: unknown): Promise<void> {
    await this.saveSnapshot(callId, frozen);
  }

  async finish(summary: CallSummary): Promise<void> {
    this.#mayFail();
    this.finished.push(summary);
  }

  #mayFail(): void {
    if (this.failures === 0) return;
    this.failures--;
    throw new Error('the disk is full');
  }
}
