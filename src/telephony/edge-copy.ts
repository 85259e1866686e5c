import type { CallCopy } from '../../runtime/edge/relay-messages.ts';
import type { CallStore } from '../storage/call-store.ts';

/**
 * Makes sure that the records know of a call at least what its edge knew when it handed the call over: the node that took it may
 * have died before it had written that down. Records that know as much stay as they are.
 */
export async function completeRecords(
  { start, frozen, entries }: CallCopy,
  store: Pick<CallStore, 'get' | 'events' | 'begin' | 'append' | 'release'>,
): Promise<void> {
  const { callId } = start;
  const record = await store.get(callId);
  if (record?.status === 'ended') return;
  const known = record ? (await store.events(callId)).length : 0;
  if (known >= entries.length) return;
  // Whoever had it is gone, and cannot write about it any more. It is set free at once, for whoever claims it.
  await store.begin(start);
  await store.append(callId, entries);
  await store.release(callId, frozen);
}
