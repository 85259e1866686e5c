import type { Queryable, Row } from '../storage/database.ts';
import { toPlainText } from '../storage/json-text.ts';
import type { Period } from './periods.ts';

export interface UsageAlert {
  companyId: string;
  /** `key`: the provider's own limit of the company's key. */
  scope: 'company' | 'department' | 'user' | 'conversation' | 'key';
  /** Which department, user or conversation; empty for the company; what the provider calls the key. */
  subject: string;
  period: Period;
  /** Milliseconds since the Unix epoch, as `at`. */
  periodStart: number;
  kind: 'warn' | 'limit';
  /** What was reached, in US dollars. */
  thresholdUsd: number;
  spentUsd: number;
  at: number;
}

const COLUMNS = `company_id, scope, subject, period, period_start, kind, threshold_usd::float8 as threshold_usd,
  spent_usd::float8 as spent_usd, at`;

/** Money without the crumbs of floating point, so that 0.8 of 1.1 is reached at 0.88. */
export function roundUsd(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}

/** Writes an alert down, unless this threshold has been told of in this period. Returns whether it is new. */
export async function raiseAlert(database: Queryable, alert: UsageAlert): Promise<boolean> {
  const rows = await database.query(
    `insert into aybiza.usage_alerts
       (company_id, scope, subject, period, period_start, kind, threshold_usd, spent_usd, at)
     values ($1, $2, $3, $4, $5::timestamptz, $6, $7::float8::numeric, $8::float8::numeric, $9::timestamptz)
     on conflict do nothing returning company_id`,
    [
      toPlainText(alert.companyId),
      alert.scope,
      toPlainText(alert.subject),
      alert.period,
      new Date(alert.periodStart).toISOString(),
      alert.kind,
      alert.thresholdUsd,
      alert.spentUsd,
      new Date(alert.at).toISOString(),
    ],
  );
  return rows.length > 0;
}

/** A company's alerts, recent first. */
export async function listAlerts(
  database: Queryable,
  { companyId, limit }: { companyId: string; limit: number },
): Promise<UsageAlert[]> {
  const rows = await database.query(
    `select ${COLUMNS} from aybiza.usage_alerts where company_id = $1 order by at desc, id desc limit $2::int`,
    [toPlainText(companyId), limit],
  );
  return rows.map(toAlert);
}

function toAlert(row: Row): UsageAlert {
  return {
    companyId: row.company_id as string,
    scope: row.scope as UsageAlert['scope'],
    subject: row.subject as string,
    period: row.period as Period,
    periodStart: (row.period_start as Date).getTime(),
    kind: row.kind as UsageAlert['kind'],
    thresholdUsd: row.threshold_usd as number,
    spentUsd: row.spent_usd as number,
    at: (row.at as Date).getTime(),
  };
}
