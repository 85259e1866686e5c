import type { Call } from '../../runtime/call.ts';
import type { CallHost } from '../../runtime/call-host.ts';
import type { PreparedCall } from '../../runtime/moving/prepared-call.ts';
import type { CallStore } from '../storage/call-store.ts';

/**
 * Claims a call that another node had: one that it let go goes on in the middle of its sentence, one that it died with is on hold until
 * its stream is back. Null when there is no such call any more. Rejects when the call cannot go on here.
 */
export async function takeOver(
  callSid: string,
  { host, store }: { host: CallHost; store: Pick<CallStore, 'claim'> },
): Promise<PreparedCall | Call | null> {
  const claimed = await store.claim(callSid);
  if (!claimed) return null;
  const { start, frozen, entries } = claimed;
  return frozen?.line
    ? host.prepare(frozen, entries, { reason: 'drain', isKnown: true })
    : host.restore(frozen, entries, start);
}
