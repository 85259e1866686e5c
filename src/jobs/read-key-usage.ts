import type { Clock } from '../../runtime/clock.ts';
import { ProviderError } from '../../runtime/provider-error.ts';
import { OPENROUTER } from '../companies/mint-company-key.ts';
import type { ManagedKey, OpenRouterManagement } from '../companies/openrouter-management.ts';
import { type Period, periodStart } from '../companies/periods.ts';
import { raiseAlert, roundUsd, type UsageAlert } from '../companies/usage-alerts.ts';
import type { Database } from '../storage/database.ts';
import type { Log } from '../storage/log.ts';
import { type Repetition, repeatEvery } from './repeat-every.ts';

const EVERY_MS = 5 * 60_000;
const WARN_FRACTION = 0.8;
const PERIODS: Record<NonNullable<ManagedKey['reset']>, Period> = {
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
};

export interface ReadKeyUsageContext {
  database: Database;
  management: OpenRouterManagement;
  clock: Clock;
  log: Log;
  /** Default 5 minutes. */
  everyMs?: number;
  /** Part of a key's limit at which people are warned. Default 0.8. */
  warnFraction?: number;
  /** An alert was written down; it will not be again in its period. */
  alerted?(alert: UsageAlert): void;
}

interface KeyRow extends Record<string, unknown> {
  id: string;
  company_id: string;
  provider_key_id: string;
  retired: boolean;
}

/**
 * Reads what every company's key has used at OpenRouter, warns of limits that are nearly reached, and switches retired keys
 * off. Running twice leaves what running once leaves. Returns how many keys were read. Throws when no key can be read.
 */
export async function readKeyUsage(context: ReadKeyUsageContext): Promise<number> {
  const { management, log } = context;
  let read = 0;
  for (const row of await claimKeys(context)) {
    try {
      const key = await management.read(row.provider_key_id);
      const shown = key && row.retired && !key.disabled ? await management.disable(key.hash) : key;
      await saveReading(context, row, shown);
      if (shown && !row.retired) await alertOn(context, row, shown);
      read++;
    } catch (error) {
      if (isHopeless(error)) throw error;
      const fields = { companyId: row.company_id, error: (error as Error).message };
      log.warn(fields, "What a company's key has used could not be read");
    }
  }
  return read;
}

/**
 * Runs the job in this process. BullMQ's schedulers are not used: the queue holds what calls owe, by call, and its worker
 * may sit in PGlite's thread; here a lost round costs nothing. Of several nodes one takes a key in each round.
 */
export function startReadingKeyUsage(context: ReadKeyUsageContext): Repetition {
  return repeatEvery(context.everyMs ?? EVERY_MS, () => readKeyUsage(context), {
    clock: context.clock,
    failed: error =>
      context.log.error({ error: error.message }, "The use of the companies' keys could not be read"),
  });
}

/** Half a round is the least between two readings: nodes do not begin at the same time. */
function claimKeys({ database, everyMs = EVERY_MS }: ReadKeyUsageContext): Promise<KeyRow[]> {
  return database.query<KeyRow>(
    `update aybiza.company_keys set checked_at = now()
     where provider = $1 and provider_key_id is not null and not (retired_at is not null and disabled)
       and (checked_at is null or checked_at <= now() - $2::float8 * interval '1 millisecond')
     returning id::text, company_id, provider_key_id, retired_at is not null as retired`,
    [OPENROUTER, everyMs / 2],
  );
}

/** A key that OpenRouter no longer knows is as good as switched off. */
async function saveReading(
  { database }: ReadKeyUsageContext,
  row: KeyRow,
  key: ManagedKey | null,
): Promise<void> {
  if (!key) {
    await database.query(
      'update aybiza.company_keys set read_at = now(), disabled = true where id = $1::bigint',
      [row.id],
    );
    return;
  }
  await database.query(
    `update aybiza.company_keys set read_at = now(), disabled = $2::boolean, usage_usd = $3::float8::numeric,
       usage_day_usd = $4::float8::numeric, usage_week_usd = $5::float8::numeric,
       usage_month_usd = $6::float8::numeric, limit_usd = $7::float8::numeric, limit_left_usd = $8::float8::numeric
     where id = $1::bigint`,
    [
      row.id,
      key.disabled,
      key.usageUsd,
      key.usageDayUsd,
      key.usageWeekUsd,
      key.usageMonthUsd,
      key.limitUsd,
      key.limitLeftUsd,
    ],
  );
}

async function alertOn(context: ReadKeyUsageContext, row: KeyRow, key: ManagedKey): Promise<void> {
  const { database, clock, warnFraction = WARN_FRACTION, alerted = () => {} } = context;
  if (key.limitUsd === null || key.limitLeftUsd === null) return;

  const at = clock.wallTime();
  const period = key.reset ? PERIODS[key.reset] : 'total';
  const spentUsd = roundUsd(key.limitUsd - key.limitLeftUsd);
  const thresholds = { warn: roundUsd(key.limitUsd * warnFraction), limit: roundUsd(key.limitUsd) };
  for (const [kind, thresholdUsd] of Object.entries(thresholds) as [UsageAlert['kind'], number][]) {
    if (spentUsd < thresholdUsd) continue;
    const alert: UsageAlert = {
      companyId: row.company_id,
      scope: 'key',
      subject: key.hash,
      period,
      periodStart: periodStart(period, at),
      kind,
      thresholdUsd,
      spentUsd,
      at,
    };
    if (await raiseAlert(database, alert)) alerted(alert);
  }
}

/** No other key would fare better. */
function isHopeless(error: unknown): boolean {
  return error instanceof ProviderError && error.fault === 'unauthorized';
}
