import type { Call } from '../../runtime/call.ts';
import { type Clock, passing } from '../../runtime/clock.ts';
import type { CallStart, CallSummary, LogEntry } from '../../runtime/journal.ts';
import type { CallStore } from '../storage/call-store.ts';

/** The calls that run here. */
export interface LiveCalls {
  bySid(callSid: string): Call | undefined;
  calls(): Iterable<Call>;
}

/** A call as far as it has come. */
export interface CallPast {
  start: CallStart;
  entries: LogEntry[];
  /** Runs here, now. */
  live: Call | null;
  /** Null while it lives, here or elsewhere. */
  summary: CallSummary | null;
}

export interface PastsOptions {
  live: LiveCalls;
  store: Pick<CallStore, 'find' | 'get' | 'events'>;
  clock: Clock;
}

/** Writes take milliseconds; a database that is away is not waited for longer than this. */
const LOOKS = 50;
const LOOK_EVERY_MS = 100;

/** By the carrier's SID, or by our own id. */
export function liveCall(live: LiveCalls, id: string): Call | null {
  const call = live.bySid(id);
  if (call) return call;
  for (const each of live.calls()) if (each.start.callId === id) return each;
  return null;
}

/** Reads a call's whole log, what is not written yet included. Null when nobody knows the call. */
export async function pastOf(id: string, options: PastsOptions): Promise<CallPast | null> {
  const live = liveCall(options.live, id);
  if (live) return livePast(live, options);
  const record = (await options.store.find(id)) ?? (await options.store.get(id));
  if (!record) return null;
  const { start, summary, callId } = record;
  return { start, entries: [...(await options.store.events(callId))], live: null, summary };
}

async function livePast(call: Call, { store, clock }: PastsOptions): Promise<CallPast> {
  const heard: LogEntry[] = [...call.log.pending];
  const upTo = call.log.seq;
  const stop = call.log.listen(entry => heard.push(entry));
  try {
    // Between the log and the records, entries are on their way.
    const firstHeard = heard[0]?.seq ?? upTo + 1;
    let stored = await store.events(call.start.callId);
    for (let looks = 0; looks < LOOKS && (stored.at(-1)?.seq ?? 0) < firstHeard - 1; looks++) {
      await passing(LOOK_EVERY_MS, clock);
      stored = await store.events(call.start.callId);
    }
    const entries = [...stored.filter(({ seq }) => seq < firstHeard), ...heard];
    return { start: call.start, entries, live: call, summary: null };
  } finally {
    stop();
  }
}
