import type { Place } from './place.ts';
import type { Subject } from './subject.ts';

/** An error breaks calls; a warning spoils them; a hint is worth knowing. */
export type Severity = 'error' | 'warning' | 'hint';

/** One thing that is wrong with a flow. */
export interface Finding {
  rule: string;
  severity: Severity;
  flow: string;
  /** Dotted path of the state; empty for the chart itself. */
  state: string;
  /** The event of the transition, or `always`, `onDone`. */
  transition?: string;
  file: string;
  line?: number;
  problem: string;
  /** Why it matters on a phone. */
  why: string;
  /** How to mend it. */
  mend: string;
}

/** What a rule has found, and where. */
export interface Found {
  at: Place;
  problem: string;
  mend: string;
}

/** One kind of fault. Every rule is a file of `rules/`, or a few that belong together are. */
export interface Rule {
  name: string;
  severity: Severity;
  /** Why it matters on a phone, one sentence. */
  why: string;
  find(subject: Subject): Iterable<Found>;
}
