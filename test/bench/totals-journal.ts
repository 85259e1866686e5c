import type { Journal } from '../../runtime/journal.ts';

/** A journal in memory that takes everything and keeps only totals, so that the heap measured is the calls' own. */
export class TotalsJournal implements Journal {
  calls = 0;
  entries = 0;
  snapshots = 0;
  finished = 0;

  async begin(): Promise<void> {
    this.calls++;
  }

  async append(_: string, entries: readonly unknown[]): Promise<void> {
    this.entries += entries.length;
  }

  async saveSnapshot(): Promise<void> {
    this.snapshots++;
  }

  async release(): Promise<void> {}

  async finish(): Promise<void> {
    this.finished++;
  }
}
