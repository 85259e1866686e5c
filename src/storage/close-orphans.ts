import type { CallStart, CallSummary, LogEntry } from '../../runtime/journal.ts';
import type { Orphan } from './call-records.ts';
import type { CallStore, OrphanQuery } from './call-store.ts';
import type { Log } from './log.ts';

export interface CloseOrphansOptions extends OrphanQuery {
  store: CallStore;
  /** Makes a call's summary from its log alone. */
  project(start: CallStart, entries: readonly LogEntry[]): CallSummary;
  log: Log;
}

/**
 * Ends the calls whose process died and whose callers did not come back, with the outcome `interrupted`, so that they too get their jobs. Safe on several
 * nodes at once. Returns the ids of the calls that this one closed.
 */
export async function closeOrphans(options: CloseOrphansOptions): Promise<string[]> {
  const { store, log } = options;
  const closed: string[] = [];
  for (const orphan of await store.orphans(options)) {
    const entries = await store.events(orphan.callId);
    const summary = summarise(orphan, entries, options);
    if (!(await store.finishOrphan(orphan, summary))) continue;
    log.warn({ callId: orphan.callId, entries: entries.length }, 'Closed a call whose process had died');
    closed.push(orphan.callId);
  }
  return closed;
}

function summarise(
  orphan: Orphan,
  entries: readonly LogEntry[],
  { project, log }: CloseOrphansOptions,
): CallSummary {
  try {
    return { ...project(orphan.start, entries), outcome: 'interrupted' };
  } catch (error) {
    // The log stays; only its summary is poorer. The call must not stay open for ever.
    log.error(
      { callId: orphan.callId, error: (error as Error).message },
      'The log of a call cannot be summarised',
    );
    return {
      ...orphan.start,
      endedAt: orphan.lastSeenAt,
      outcome: 'interrupted',
      turns: [],
      unanswered: [],
      facts: {},
    };
  }
}
