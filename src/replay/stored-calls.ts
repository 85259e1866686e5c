import type { CallListing } from '../storage/call-records.ts';
import type { CallStore } from '../storage/call-store.ts';
import type { CallSource } from './call-source.ts';
import type { RecordedCall } from './recorded-call.ts';

/** Logs that are read at once: a log of an hour is some megabytes. */
const PAGE_CALLS = 50;

type Store = Pick<CallStore, 'find' | 'get' | 'list' | 'events' | 'eventsOf'>;

/** Calls as the records have them. */
export function storedCalls(
  store: Store,
  rest: Pick<CallSource, 'place' | 'flowOfVersion' | 'close'>,
): CallSource {
  return {
    ...rest,

    async find(id) {
      const listing = (await store.get(id)) ?? (await store.find(id));
      return listing && toRecorded(listing, await store.events(listing.callId));
    },

    async *recent({ since, flow }) {
      for (let before: string | undefined; ; ) {
        const page = await store.list({ limit: PAGE_CALLS, ...(before !== undefined && { before }) });
        const recent = page.filter(({ startedAt }) => startedAt >= since);
        const wanted = recent.filter(({ start }) => flow === null || start.flow === flow);
        const logs = await store.eventsOf(wanted.map(({ callId }) => callId));
        for (const listing of wanted) yield toRecorded(listing, logs.get(listing.callId) ?? []);
        if (recent.length < PAGE_CALLS) return;
        before = page.at(-1)?.callId;
      }
    },
  };
}

/** Who called whom is nothing that a replay needs. */
function toRecorded({ start, outcome }: CallListing, entries: RecordedCall['entries']): RecordedCall {
  const { callId, callSid, flow, flowVersion, language, startedAt } = start;
  return { start: { callId, callSid, flow, flowVersion, language, startedAt }, outcome, entries };
}
