import { z } from 'zod';
import type { LogEntry } from '../../runtime/journal.ts';
import type { CallDetail, CallListing } from '../api/call-directory.ts';
import { flowOfChart } from '../flows/stored-versions.ts';
import type { Secret } from '../secret.ts';
import type { CallSource } from './call-source.ts';
import type { RecordedCall } from './recorded-call.ts';
import { askServer } from './server-answers.ts';

const PAGE_CALLS = 200;
const PAGE_EVENTS = 5_000;
/** Calls that are asked for at once. */
const AT_ONCE = 8;

const call = z.object({
  callId: z.string(),
  callSid: z.string(),
  flow: z.string(),
  flowVersion: z.string(),
  startedAt: z.number(),
  outcome: z.string().nullable(),
});
const list = z.object({ calls: z.array(call), next: z.string().nullable() });
const detail = call.extend({ language: z.string() });
const log = z.object({
  events: z.array(z.object({ seq: z.number(), atMs: z.number(), kind: z.enum(['event', 'timer', 'note']) })),
  next: z.number().nullable(),
});

const chart = z.object({ chart: z.looseObject({}) });

/** Calls as a running server's API gives them. Errors are sentences that say what to do. */
export function servedCalls(serverUrl: string, apiKey: Secret | null): CallSource {
  const { origin, ask } = askServer(serverUrl, apiKey);

  async function logOf(callId: string): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for (let after: number | null = -1; after !== null; ) {
      const query: string = after < 0 ? '' : `&after=${after}`;
      const path: string = `/api/calls/${callId}/events?limit=${PAGE_EVENTS}${query}`;
      const page: Log | null = await ask<Log>(path, log);
      entries.push(...(page?.events ?? []));
      after = page?.next ?? null;
    }
    return entries;
  }

  async function find(id: string): Promise<RecordedCall | null> {
    const found = await ask<CallDetail>(`/api/calls/${encodeURIComponent(id)}`, detail);
    if (!found) return null;
    const { callId, callSid, flow, flowVersion, language, startedAt, outcome } = found;
    const start = { callId, callSid, flow, flowVersion, language, startedAt };
    return { start, outcome, entries: await logOf(callId) };
  }

  return {
    place: origin,
    find,

    async *recent({ since, flow }) {
      for (let before: string | null | undefined; before !== null; ) {
        const query = before === undefined ? '' : `&before=${before}`;
        const page: Page | null = await ask<Page>(`/api/calls?limit=${PAGE_CALLS}${query}`, list);
        const recent = (page?.calls ?? []).filter(({ startedAt }) => startedAt >= since);
        const wanted = recent.filter(each => flow === null || each.flow === flow);
        for (let at = 0; at < wanted.length; at += AT_ONCE) {
          const batch = await Promise.all(wanted.slice(at, at + AT_ONCE).map(({ callId }) => find(callId)));
          for (const each of batch) if (each) yield each;
        }
        before = recent.length < PAGE_CALLS ? null : (page?.next ?? null);
      }
    },

    async flowOfVersion(name, version, present) {
      const path = `/api/flows/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`;
      const kept = await ask<{ chart: object }>(path, chart);
      return kept && flowOfChart(kept.chart, version, present);
    },

    async close() {},
  };
}

interface Log {
  events: LogEntry[];
  next: number | null;
}

interface Page {
  calls: CallListing[];
  next: string | null;
}
