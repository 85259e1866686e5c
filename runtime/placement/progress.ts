import type { LogEntry } from '../journal.ts';
import type { AudioClass } from '../media/audio-quality.ts';

/** How a call has gone so far, as far as its place depends on it. Plain data: it is kept with the call. */
export interface CallProgress {
  /** Times that the caller has said something. */
  turns: number;
  /** Answers that did not understand the caller: in a row up to now, and in all. */
  misunderstoodInARow: number;
  misunderstoodEver: number;
  /** The latest of the agent's turns that answers the caller; null when it speaks of its own accord. */
  answer: number | null;
  /** How well the caller was heard last, as measured on the line; null before. */
  heard: AudioClass | null;
}

export const noProgress: CallProgress = {
  turns: 0,
  misunderstoodInARow: 0,
  misunderstoodEver: 0,
  answer: null,
  heard: null,
};

/** The progress once `entry` is in the call's log. Pure. */
export function progressAfter(progress: CallProgress, entry: LogEntry): CallProgress {
  if (entry.kind === 'event' && entry.event.type === 'caller.finished')
    return { ...progress, turns: progress.turns + 1 };
  if (entry.kind !== 'note') return progress;

  const { note } = entry;
  if (note.type === 'endpoint') return { ...progress, heard: note.audio?.class ?? progress.heard };
  if (note.type === 'turn.opened')
    return { ...progress, answer: note.purpose === 'answer' ? note.turn : null };
  if (note.type !== 'reply.ended' || note.turn !== progress.answer) return progress;
  if (note.reason !== 'notUnderstood') return { ...progress, misunderstoodInARow: 0 };
  return {
    ...progress,
    misunderstoodInARow: progress.misunderstoodInARow + 1,
    misunderstoodEver: progress.misunderstoodEver + 1,
  };
}
