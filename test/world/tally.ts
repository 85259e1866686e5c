import type { FaultClass } from './faults.ts';

/** How often each fault struck, and what came of the calls. */
export class Tally {
  readonly strikes: Record<string, number> = {};
  readonly counts: Record<string, number> = {};
  readonly times: Record<string, number[]> = {};

  struck(fault: FaultClass): void {
    this.strikes[fault] = (this.strikes[fault] ?? 0) + 1;
  }

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  add(other: Pick<Tally, 'strikes' | 'counts'>): void {
    for (const [fault, count] of Object.entries(other.strikes))
      this.strikes[fault] = (this.strikes[fault] ?? 0) + count;
    for (const [what, count] of Object.entries(other.counts)) this.count(what, count);
  }
}
