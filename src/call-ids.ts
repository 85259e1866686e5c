import type { CallHost } from '../runtime/call-host.ts';
import type { CallStart } from '../runtime/journal.ts';
import type { CallStore } from './storage/call-store.ts';

/** How the call began that has this SID of the carrier's, or this id of ours; null for a call that is not known. */
export async function callStartOf(id: string, host: CallHost, store: CallStore): Promise<CallStart | null> {
  const live = host.bySid(id);
  if (live) return live.start;
  const record = (await store.find(id)) ?? (await store.get(id));
  return record?.start ?? null;
}
