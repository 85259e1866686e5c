import type { StateValue } from 'xstate';
import type { Call } from '../runtime/call.ts';
import type { CallHost } from '../runtime/call-host.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CallDetail, CallDirectory, CallListing } from './api/call-directory.ts';
import type { CallRecord, CallListing as StoredListing } from './storage/call-records.ts';
import type { CallStore } from './storage/call-store.ts';

/** What the API shows: live calls as they are this moment, the others from the records. */
export function callDirectory(host: CallHost, store: CallStore, clock: Clock): CallDirectory {
  const liveCall = (id: string) =>
    host.bySid(id) ?? [...host.calls()].find(({ start }) => start.callId === id);
  const record = async (id: string) => (await store.find(id)) ?? (await store.get(id));

  return {
    async list({ limit, before }) {
      const stored = await store.list({ limit, ...(before !== null && { before }) });
      const known = new Set(stored.map(({ callId }) => callId));
      // A call that began this moment may not be on record yet.
      const unwritten =
        before === null ? [...host.calls()].filter(call => !known.has(call.start.callId)) : [];
      return [
        ...unwritten.map(call => liveListing(call, clock)),
        ...stored.map(listing => {
          const live = host.bySid(listing.callSid);
          return live?.start.callId === listing.callId
            ? liveListing(live, clock)
            : storedListing(listing, clock);
        }),
      ].slice(0, limit);
    },

    async find(id) {
      const live = liveCall(id);
      if (live) return liveDetail(live, clock);
      const stored = await record(id);
      return stored && storedDetail(stored, clock);
    },

    async events(id, { limit, after }) {
      const stored = await record(id);
      if (!stored) return liveCall(id) ? [] : null;
      const entries = await store.events(stored.callId);
      return entries.filter(({ seq }) => seq > after).slice(0, limit);
    },
  };
}

/** Where the call is now. */
export function nodeOf({ record, start }: Call): string {
  return record.moves.at(-1)?.node ?? start.node;
}

/** The path that tells most: where the floor is, or the state outside it. */
export function stateName(value: StateValue): string {
  if (typeof value === 'string') return value;
  const { live } = value;
  if (live && typeof live === 'object' && live.floor) return `floor.${pathOf(live.floor)}`;
  return pathOf(value);
}

function pathOf(value: StateValue): string {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([key, inner]) => (inner && Object.keys(inner).length > 0 ? `${key}.${pathOf(inner)}` : key))
    .join(' ');
}

function liveListing(call: Call, clock: Clock): CallListing {
  const { callId, callSid, agent, from, to, direction, flow, flowVersion, startedAt } = call.start;
  return {
    callId,
    callSid,
    node: nodeOf(call),
    ...(agent !== undefined && { agent }),
    state: stateName(call.state),
    live: true,
    from,
    to,
    direction,
    flow,
    flowVersion,
    startedAt,
    durationMs: clock.wallTime() - startedAt,
    outcome: null,
  };
}

function storedListing(listing: StoredListing, clock: Clock): CallListing {
  const { callId, callSid, node, status, startedAt, endedAt, outcome, start } = listing;
  const live = status === 'live';
  return {
    callId,
    callSid,
    node,
    ...(start.agent !== undefined && { agent: start.agent }),
    state: live ? 'live' : 'ended',
    live,
    from: start.from,
    to: start.to,
    direction: start.direction,
    flow: start.flow,
    flowVersion: start.flowVersion,
    startedAt,
    durationMs: (endedAt ?? clock.wallTime()) - startedAt,
    outcome,
  };
}

function liveDetail(call: Call, clock: Clock): CallDetail {
  const { turns, unanswered, facts, moves = [], placement = [] } = call.summarise();
  const { language, parameters } = call.start;
  return {
    ...liveListing(call, clock),
    language,
    turns,
    unanswered,
    facts,
    moves,
    placement,
    report: null,
    parameters,
  };
}

function storedDetail(record: CallRecord, clock: Clock): CallDetail {
  const { summary, start } = record;
  return {
    ...storedListing(record, clock),
    language: start.language,
    turns: summary?.turns ?? [],
    unanswered: summary?.unanswered ?? [],
    facts: summary?.facts ?? {},
    moves: summary?.moves ?? [],
    placement: summary?.placement ?? [],
    report: record.report as CallDetail['report'],
    parameters: start.parameters,
  };
}
