import type { CallHost } from '../runtime/call-host.ts';
import type { CallStore } from './storage/call-store.ts';

/** Our id of the call that has this SID of the carrier's, or this very id; null for a call that is not known. */
export async function callIdOf(id: string, host: CallHost, store: CallStore): Promise<string | null> {
  const live = host.bySid(id);
  if (live) return live.start.callId;
  const record = (await store.find(id)) ?? (await store.get(id));
  return record?.callId ?? null;
}
