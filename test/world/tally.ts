/** Plain data, so that tallies of several processes can be added up. */
export interface Counted {
  /** How often each fault struck. */
  strikes: Record<string, number>;
  /** Of the calls that a fault struck, how many ended in which way. */
  outcomes: Record<string, Record<string, number>>;
  /** What else happened. */
  counts: Record<string, number>;
  /** How long callers heard nothing when a call lost its node, in ms. */
  outagesMs: number[];
}

/** How often each fault struck, and what came of the calls. */
export class Tally implements Counted {
  readonly strikes: Record<string, number> = {};
  readonly outcomes: Record<string, Record<string, number>> = {};
  readonly counts: Record<string, number> = {};
  readonly outagesMs: number[] = [];

  struck(fault: string): void {
    this.strikes[fault] = (this.strikes[fault] ?? 0) + 1;
  }

  /** A call is over, after these faults struck it. */
  ended(outcome: string, faults: Iterable<string>): void {
    for (const fault of ['any call', ...faults]) this.#ended(fault, outcome, 1);
  }

  count(what: string, by = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + by;
  }

  add(other: Counted): void {
    for (const [fault, count] of Object.entries(other.strikes))
      this.strikes[fault] = (this.strikes[fault] ?? 0) + count;
    for (const [what, count] of Object.entries(other.counts)) this.count(what, count);
    for (const [fault, outcomes] of Object.entries(other.outcomes))
      for (const [outcome, count] of Object.entries(outcomes)) this.#ended(fault, outcome, count);
    this.outagesMs.push(...other.outagesMs);
  }

  #ended(fault: string, outcome: string, count: number): void {
    const outcomes = this.outcomes[fault] ?? {};
    this.outcomes[fault] = outcomes;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  }
}
