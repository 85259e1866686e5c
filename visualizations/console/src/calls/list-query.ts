import { nodeName } from '../shell/format.ts';
import type { CallRow } from '../shell/types.ts';

/** An answer that took longer is noticed by callers. */
export const SLOW_MS = 1_200;

export type SortBy = 'startedAt' | 'from' | 'flow' | 'state' | 'node' | 'responseMs' | 'costUsd' | 'warnings';

/** Which calls a person wants to see, and in what order. */
export interface ListQuery {
  search: string;
  state: string;
  flow: string;
  agent: string;
  slow: boolean;
  warnings: boolean;
  sortBy: SortBy;
  descending: boolean;
}

export const SORTS: readonly SortBy[] = [
  'startedAt',
  'from',
  'flow',
  'state',
  'node',
  'responseMs',
  'costUsd',
  'warnings',
];

export function readListQuery(query: URLSearchParams): ListQuery {
  const sort = query.get('sort') ?? '';
  const descending = sort.startsWith('-');
  const sortBy = SORTS.find(name => name === sort.replace(/^-/, '')) ?? 'startedAt';
  return {
    search: (query.get('q') ?? '').trim().toLowerCase(),
    state: query.get('state') ?? '',
    flow: query.get('flow') ?? '',
    agent: query.get('agent') ?? '',
    slow: query.has('slow'),
    warnings: query.has('warnings'),
    sortBy,
    // Without a wish the newest call is first.
    descending: sort === '' ? true : descending,
  };
}

export function isFiltered(query: ListQuery): boolean {
  const { search, state, flow, agent, slow, warnings } = query;
  return Boolean(search || state || flow || agent || slow || warnings);
}

/** The calls that fit, sorted. Equal ones keep the order of their beginning, so that rows do not dance. */
export function selectCalls(calls: Iterable<CallRow>, query: ListQuery): CallRow[] {
  const { state, flow, agent, slow, warnings, search, sortBy, descending } = query;
  const found: CallRow[] = [];
  for (const call of calls) {
    if (state && call.state !== state) continue;
    if (flow && call.flow !== flow) continue;
    if (agent && call.agent !== agent) continue;
    if (slow && !isSlow(call)) continue;
    if (warnings && call.warnings === 0) continue;
    if (search && !textOf(call).includes(search)) continue;
    found.push(call);
  }
  const sign = descending ? -1 : 1;
  return found.sort((a, b) => sign * compare(a[sortBy], b[sortBy]) || b.startedAt - a.startedAt);
}

export function isSlow({ responseMs }: CallRow): boolean {
  return responseMs !== null && responseMs > SLOW_MS;
}

/** What is not known comes first when ascending: before every number. */
function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}

/** What does not change about a call, as long as it stays on its node, is put together once. */
const texts = new Map<string, { node: string; text: string }>();

function textOf(call: CallRow): string {
  const { callSid, node } = call;
  let known = texts.get(callSid);
  if (known?.node !== node) {
    if (texts.size > 20_000) texts.clear();
    known = { node, text: steadyTextOf(call).toLowerCase() };
    texts.set(callSid, known);
  }
  return `${known.text} ${call.placement} ${call.flowState.toLowerCase()}`;
}

function steadyTextOf({ from, to, agent, flow, callSid, callId, node, cameFrom }: CallRow): string {
  const nodes = [node, ...(cameFrom === null ? [] : [cameFrom])];
  return [from, to, agent, flow, callSid, callId, ...nodes, ...nodes.map(nodeName)].join(' ');
}
