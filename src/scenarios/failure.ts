/** What kind of thing went wrong, for counting. */
export const failureKinds = [
  'misunderstood',
  'wrong state',
  'wrong facts',
  'wrong tool',
  'wrong words',
  'too slow',
  'wrong ending',
  'stuck',
  'judged badly',
] as const;
export type FailureKind = (typeof failureKinds)[number];

/** An expectation and what was instead. */
export interface Failure {
  kind: FailureKind;
  line: number;
  expected: string;
  was: string;
}

/** Something for a judge: whether it holds of the conversation until then. */
export interface OpenQuestion {
  line: number;
  statement: string;
  transcript: string;
}
