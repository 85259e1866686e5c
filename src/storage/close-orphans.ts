import type { CallStart, CallSummary, LogEntry } from '../../runtime/journal.ts';
import type { CallStore, OrphanQuery } from './call-store.ts';
import type { Log } from './log.ts';

export interface ClosingOptions {
  /** Makes a call's summary from its log alone. */
  project(start: CallStart, entries: readonly LogEntry[]): CallSummary;
  log: Log;
}

export interface CloseOrphansOptions extends OrphanQuery, ClosingOptions {
  store: Pick<CallStore, 'orphans' | 'events' | 'finishOrphan'>;
  /**
   * What may be done here for a call: its record is closed with what its log tells, or without a look at the log, or is
   * left to others. Default: `read`.
   */
  allows?(start: CallStart): Reading;
}

export type Reading = 'read' | 'unread' | 'leave';

/**
 * Ends the calls whose process died and whose callers did not come back, with the outcome `interrupted`, so that they too
 * get their jobs. Safe on several nodes at once. Returns the ids of the calls that this one closed.
 */
export async function closeOrphans(options: CloseOrphansOptions): Promise<string[]> {
  const { store, log } = options;
  const closed: string[] = [];
  for (const orphan of await store.orphans(options)) {
    const reading = options.allows?.(orphan.start) ?? 'read';
    if (reading === 'leave') continue;
    const entries = reading === 'read' ? await store.events(orphan.callId) : [];
    const summary =
      reading === 'read'
        ? interruptedSummary(orphan.start, entries, orphan.lastSeenAt, options)
        : unreadSummary(orphan.start, orphan.lastSeenAt);
    if (!(await store.finishOrphan(orphan, summary))) continue;
    log.warn({ callId: orphan.callId, entries: entries.length }, 'Closed a call whose process had died');
    closed.push(orphan.callId);
  }
  return closed;
}

/** Of a call that was broken off, by its log; `lastSeenAt`, since the Unix epoch, is its end where the log makes no sense. */
export function interruptedSummary(
  start: CallStart,
  entries: readonly LogEntry[],
  lastSeenAt: number,
  { project, log }: ClosingOptions,
): CallSummary {
  try {
    return { ...project(start, entries), outcome: 'interrupted' };
  } catch (error) {
    // The log stays; only its summary is poorer. The call must not stay open for ever.
    log.error(
      { callId: start.callId, error: (error as Error).message },
      'The log of a call cannot be summarised',
    );
    return unreadSummary(start, lastSeenAt);
  }
}

/** Of a call that was broken off, without anything of what was said. */
export function unreadSummary(start: CallStart, lastSeenAt: number): CallSummary {
  return { ...start, endedAt: lastSeenAt, outcome: 'interrupted', turns: [], unanswered: [], facts: {} };
}
