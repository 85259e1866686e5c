import type { Queryable, Row } from '../storage/database.ts';
import { toPlainText } from '../storage/json-text.ts';
import { type Period, periodStart } from './periods.ts';

export type LimitScope = 'company' | 'department' | 'user' | 'conversation';

/** On whose account a model is asked. */
export interface Account {
  companyId: string;
  department: string | null;
  /** The company's own id of its user. */
  userRef: string | null;
  /** What belongs together: one call, or several with the same caller on the same matter. */
  conversation: string | null;
}

export interface UsageLimit {
  scope: LimitScope;
  /** Which department, user or conversation; `*` for each of them, and for the company. */
  subject: string;
  period: Period;
  limitUsd: number;
  /** Part of the limit, 0 … 1, at which people are warned. */
  warnFraction: number;
}

/** A limit as it stands for one account. */
export interface LimitState extends UsageLimit {
  /** Never `*` but for the company. */
  subject: string;
  spentUsd: number;
  periodStart: number;
}

const PERIODS: readonly Period[] = ['day', 'week', 'month', 'total'];

/** The periods and when they began, whose times are the parameters from `$first` on. */
const periodsFrom = (first: number) =>
  `values ${PERIODS.map((period, index) => `('${period}', $${first + index}::timestamptz)`).join(', ')}`;

/** What `subject` spent under the limit `held` in its period. */
const spentOf = (subject: string) =>
  `select coalesce(sum(used.cost_usd), 0)::float8 from aybiza.usage_days used
   where used.company_id = held.company_id and used.scope = held.scope and used.subject = ${subject}
     and used.day >= (starts.start at time zone 'UTC')::date`;

export async function saveLimit(database: Queryable, companyId: string, limit: UsageLimit): Promise<void> {
  await database.query(
    `insert into aybiza.usage_limits (company_id, scope, subject, period, limit_usd, warn_fraction)
     values ($1, $2, $3, $4, $5::float8::numeric, $6::float8::numeric)
     on conflict (company_id, scope, subject, period) do update
       set limit_usd = excluded.limit_usd, warn_fraction = excluded.warn_fraction`,
    [
      toPlainText(companyId),
      limit.scope,
      toPlainText(limit.subject),
      limit.period,
      limit.limitUsd,
      limit.warnFraction,
    ],
  );
}

export async function removeLimit(
  database: Queryable,
  companyId: string,
  { scope, subject, period }: Pick<UsageLimit, 'scope' | 'subject' | 'period'>,
): Promise<void> {
  await database.query(
    'delete from aybiza.usage_limits where company_id = $1 and scope = $2 and subject = $3 and period = $4',
    [toPlainText(companyId), scope, toPlainText(subject), period],
  );
}

/** A limit, and what was spent under it in its period; null where it holds for each department, user or conversation. */
export interface ListedLimit extends UsageLimit {
  spentUsd: number | null;
}

export async function listLimits(
  database: Queryable,
  companyId: string,
  atMs: number,
): Promise<ListedLimit[]> {
  const rows = await database.query(
    `with starts (period, start) as (${periodsFrom(2)})
     select held.scope, held.subject, held.period, held.limit_usd::float8 as limit_usd,
            held.warn_fraction::float8 as warn_fraction,
            case when held.scope = 'company' or held.subject <> '*' then (${spentOf('held.subject')}) end as spent_usd
     from aybiza.usage_limits held join starts on starts.period = held.period
     where held.company_id = $1 order by held.scope, held.subject, held.period`,
    [toPlainText(companyId), ...periodStarts(atMs)],
  );
  return rows.map(row => ({ ...toLimit(row), spentUsd: row.spent_usd as number | null }));
}

/** Every limit that holds for an account, with what was spent under it in the period of `atMs`. One statement. */
export async function limitStates(
  database: Queryable,
  account: Account,
  atMs: number,
): Promise<LimitState[]> {
  const rows = await database.query(
    `with account (scope, subject) as (
       values ('company', '*'), ('department', $2::text), ('user', $3::text), ('conversation', $4::text)
     ), starts (period, start) as (${periodsFrom(5)})
     select held.scope, account.subject, held.period, held.limit_usd::float8 as limit_usd,
            held.warn_fraction::float8 as warn_fraction, starts.start,
            (${spentOf('account.subject')}) as spent_usd
     from aybiza.usage_limits held
     join account on account.scope = held.scope and (held.subject = account.subject or held.subject = '*')
     join starts on starts.period = held.period
     where held.company_id = $1 and account.subject is not null
     order by held.scope, held.subject, held.period`,
    [
      toPlainText(account.companyId),
      ...[account.department, account.userRef, account.conversation].map(name => name && toPlainText(name)),
      ...periodStarts(atMs),
    ],
  );
  return rows.map(row => ({
    ...toLimit(row),
    spentUsd: row.spent_usd as number,
    periodStart: (row.start as Date).getTime(),
  }));
}

function periodStarts(atMs: number): string[] {
  return PERIODS.map(period => new Date(periodStart(period, atMs)).toISOString());
}

function toLimit(row: Row): UsageLimit {
  return {
    scope: row.scope as LimitScope,
    subject: row.subject as string,
    period: row.period as Period,
    limitUsd: row.limit_usd as number,
    warnFraction: row.warn_fraction as number,
  };
}
