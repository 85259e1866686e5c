import type { Outcome } from '../../machines/call-events.ts';
import type { CallStart, LogEntry } from '../../runtime/journal.ts';

/** A call as its record and its event log tell it: all that a replay needs. */
export interface RecordedCall {
  start: Pick<CallStart, 'callId' | 'callSid' | 'flow' | 'flowVersion' | 'language' | 'startedAt'>;
  /** Null while the call lives. */
  outcome: Outcome | null;
  /** In order. */
  entries: readonly LogEntry[];
}
