import type { Outcome } from '../../machines/call-events.ts';
import type { Queryable } from '../storage/database.ts';

/** A share of calls, with the range that it lies in with 95 % certainty: few calls tell little. */
export interface Rate {
  count: number;
  share: number;
  low: number;
  high: number;
}

/** What became of the calls that followed one version of a flow. */
export interface VersionResult {
  flow: string;
  version: string;
  /** Milliseconds since the Unix epoch, of the first and the last of these calls' beginnings. */
  firstAt: number;
  lastAt: number;
  calls: number;
  outcomes: Partial<Record<Outcome, Rate>>;
  /** Where the flow stood at the end; the most frequent first. */
  endedIn: Readonly<Record<string, number>>;
  meanDurationS: number;
  meanTurns: number;
  /** Answers that were not understood, in a hundred turns of the caller. */
  notUnderstoodPerHundred: number;
  /** Times that the agent was cut short, in a hundred of its turns. */
  interruptedPerHundred: number;
  /** Of language models; null when none told its price. */
  meanModelCostUsd: number | null;
}

export interface ResultsQuery {
  /** All flows when null. */
  flow: string | null;
  /** Calls that began at this time or later; milliseconds since the Unix epoch. */
  since: number;
}

/** The ended calls of each version, the latest version of a flow first. */
export async function flowResults(
  database: Queryable,
  { flow, since }: ResultsQuery,
): Promise<VersionResult[]> {
  const rows = await database.query(SQL, [flow, new Date(since).toISOString()]);
  return rows.map(row => {
    const calls = row.calls as number;
    const callerTurns = row.caller_turns as number;
    const turns = row.turns as number;
    return {
      flow: row.flow as string,
      version: row.version as string,
      firstAt: (row.first_at as Date).getTime(),
      lastAt: (row.last_at as Date).getTime(),
      calls,
      outcomes: mapValues(row.outcomes as Record<string, number>, count => rate(count, calls)),
      endedIn: sorted(row.ended_in as Record<string, number>),
      meanDurationS: row.duration_s as number,
      meanTurns: turns / calls,
      notUnderstoodPerHundred: perHundred(row.not_understood as number, callerTurns),
      interruptedPerHundred: perHundred(row.interrupted as number, turns),
      meanModelCostUsd: row.cost_usd === null ? null : (row.cost_usd as number) / calls,
    };
  });
}

const SQL = `
with ended as (
  select coalesce(start->>'flow', '') as flow, coalesce(start->>'flowVersion', '') as version, started_at,
    extract(epoch from ended_at - started_at)::float8 as duration_s, coalesce(outcome, '') as outcome,
    coalesce(summary->>'flowState', '') as flow_state, told.*
  from aybiza.calls, lateral (
    select count(*)::int as turns,
      count(*) filter (where turn->'caller' <> 'null'::jsonb)::int as caller_turns,
      count(*) filter (where turn->'notUnderstood' = 'true'::jsonb)::int as not_understood,
      count(*) filter (where turn->'agent'->'interrupted' = 'true'::jsonb)::int as interrupted,
      sum((select sum((usage->>'costUsd')::float8) from jsonb_array_elements(turn->'usage') usage)) as cost_usd
    from jsonb_array_elements(summary->'turns') turn
  ) told
  where status = 'ended' and summary is not null and started_at >= $2::timestamptz
    and ($1::text is null or start->>'flow' = $1::text)
)
select flow, version, count(*)::int as calls, min(started_at) as first_at, max(started_at) as last_at,
  avg(duration_s)::float8 as duration_s, sum(turns)::int as turns, sum(caller_turns)::int as caller_turns,
  sum(not_understood)::int as not_understood, sum(interrupted)::int as interrupted, sum(cost_usd)::float8 as cost_usd,
  (select jsonb_object_agg(outcome, n) from (
    select outcome, count(*)::int as n from ended e where (e.flow, e.version) = (ended.flow, ended.version) group by 1
  ) by_outcome) as outcomes,
  (select jsonb_object_agg(flow_state, n) from (
    select flow_state, count(*)::int as n from ended e where (e.flow, e.version) = (ended.flow, ended.version) group by 1
  ) by_state) as ended_in
from ended group by flow, version order by flow, last_at desc`;

/** Wilson's interval: right for small numbers and for shares near 0 and 1, where the usual one is not. */
export function rate(count: number, of: number): Rate {
  if (of === 0) return { count: 0, share: 0, low: 0, high: 1 };
  const z = 1.96;
  const share = count / of;
  const middle = share + z ** 2 / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const whole = 1 + z ** 2 / of;
  return {
    count,
    share,
    low: Math.max(0, (middle - spread) / whole),
    high: Math.min(1, (middle + spread) / whole),
  };
}

function perHundred(count: number, of: number): number {
  return of === 0 ? 0 : (100 * count) / of;
}

function mapValues<From, To>(record: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function sorted(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).sort(([, one], [, other]) => other - one));
}
