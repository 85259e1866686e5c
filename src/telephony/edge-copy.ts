import type { CallCopy } from '../../runtime/edge/relay-messages.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import type { CallStore } from '../storage/call-store.ts';

/**
 * Makes sure that the records know of a call at least what its edge knew when it handed the call over: the node that took it may
 * have died before it had written that down. Records that go on from there stay as they are.
 */
export async function completeRecords(
  copy: CallCopy,
  store: Pick<CallStore, 'get' | 'peek' | 'events' | 'adopt'>,
): Promise<void> {
  const { callId, callSid } = copy.start;
  const found = await store.peek(callSid);
  const live = found?.callId === callId ? found : null;
  if (live ? goesOn(await store.events(callId), copy.entries) : await store.get(callId)) return;
  // Whoever had it is gone, and cannot write about it any more. It is free at once, for whoever claims it.
  await store.adopt(copy, live?.epoch ?? null);
}

/** Another life of the call has its own entries in the same places. */
function goesOn(log: readonly LogEntry[], from: readonly LogEntry[]): boolean {
  const latest = from.at(-1);
  if (!latest) return true;
  const same = log.find(({ seq }) => seq === latest.seq);
  return same?.kind === latest.kind && same.atMs === latest.atMs;
}
