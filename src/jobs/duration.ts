import type { CallSummary } from '../../runtime/journal.ts';

/** To a tenth of a second; never negative, whatever the wall clock did. */
export function durationS({ startedAt, endedAt }: CallSummary): number {
  return Math.max(0, Math.round((endedAt - startedAt) / 100) / 10);
}
