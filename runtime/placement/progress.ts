import type { LogEntry } from '../journal.ts';

/** How a call has gone so far, as far as its place depends on it. Plain data: it is kept with the call. */
export interface CallProgress {
  /** Turns that were answered. */
  turns: number;
  /** Replies that did not understand the caller: in a row up to now, and in all. */
  misunderstoodInARow: number;
  misunderstoodEver: number;
}

export const noProgress: CallProgress = { turns: 0, misunderstoodInARow: 0, misunderstoodEver: 0 };

/** The progress once `entry` is in the call's log. Pure. */
export function progressAfter(progress: CallProgress, entry: LogEntry): CallProgress {
  if (entry.kind !== 'note') return progress;
  const { note } = entry;
  if (note.type === 'turn.committed') return { ...progress, turns: progress.turns + 1 };
  if (note.type !== 'reply.ended' || note.reason === 'waitForMore') return progress;
  if (note.reason === 'complete') return { ...progress, misunderstoodInARow: 0 };
  return {
    ...progress,
    misunderstoodInARow: progress.misunderstoodInARow + 1,
    misunderstoodEver: progress.misunderstoodEver + 1,
  };
}
