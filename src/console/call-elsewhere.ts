import type { TimerHandle } from '../../runtime/clock.ts';
import type { CallSummary, LogEntry } from '../../runtime/journal.ts';
import type { PastsOptions } from './call-past.ts';

/** Nodes write what they log several times a second; more often than so nobody needs to know of a call that is not here. */
const LOOK_EVERY_MS = 1_000;

export interface ElsewhereListener {
  take(entry: LogEntry): void;
  ended(summary: CallSummary): void;
}

/** Follows a call that lives on another node, by what that writes down of it from the entry `after` on. Returns how to stop. */
export function followElsewhere(
  callId: string,
  after: number,
  { store, clock }: Pick<PastsOptions, 'store' | 'clock'>,
  { take, ended }: ElsewhereListener,
): () => void {
  let last = after;
  let timer: TimerHandle = null;
  let isStopped = false;

  async function look(): Promise<void> {
    // The record is closed after the last entry was written.
    const summary = (await store.get(callId))?.summary ?? null;
    const entries = await store.events(callId, last);
    if (isStopped) return;
    for (const entry of entries) take(entry);
    last = entries.at(-1)?.seq ?? last;
    if (summary) ended(summary);
    else lookAgain();
  }

  function lookAgain(): void {
    if (isStopped) return;
    // Records that cannot be read now may be the next time.
    timer = clock.setTimeout(() => void look().catch(lookAgain), LOOK_EVERY_MS);
  }

  lookAgain();
  return () => {
    isStopped = true;
    clock.clearTimeout(timer);
  };
}
