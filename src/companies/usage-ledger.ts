import type { Clock } from '../../runtime/clock.ts';
import type { Database, Row } from '../storage/database.ts';
import { toPlainText } from '../storage/json-text.ts';
import { raiseAlert, roundUsd, type UsageAlert } from './usage-alerts.ts';
import { type Account, type LimitState, limitStates } from './usage-limits.ts';

/** One request to a model. */
export interface UsageEntry extends Account {
  /** The same for every telling of the same request: the provider's id of the reply, or call, turn and step. */
  requestId: string;
  callId: string;
  provider: string;
  /** The one that answered. */
  model: string;
  inputTokens: number;
  outputTokens: number;
  /** Of the input tokens. */
  cachedTokens: number;
  /** Null where nobody knows the price; such an entry counts under no limit. */
  costUsd: number | null;
  /** Milliseconds since the Unix epoch. Default: now. */
  at?: number;
}

export type SumBy = 'company' | 'department' | 'user' | 'conversation' | 'provider' | 'model' | 'call';

export interface UsageSum {
  /** Whose sum; null for usage that names none. */
  name: string | null;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  costUsd: number;
  /** Requests that nobody knows the price of. */
  unpriced: number;
}

export interface LimitCheck {
  decision: 'allow' | 'warn' | 'refuse';
  /** What decides: the limit that is used up most. Null where no limit holds. */
  limit: LimitState | null;
}

export interface UsageLedgerOptions {
  database: Database;
  clock: Clock;
  /** An alert was written down; it will not be again in its period. What this throws is not looked at. */
  alerted?(alert: UsageAlert): void;
}

const SUM_COLUMNS: Record<SumBy, string> = {
  company: 'company_id',
  department: 'department',
  user: 'user_ref',
  conversation: 'conversation',
  provider: 'provider',
  model: 'model',
  call: 'call_id',
};

/** What every company's calls cost at models, and whether they may cost more. */
export class UsageLedger {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #alerted: (alert: UsageAlert) => void;

  constructor({ database, clock, alerted = () => {} }: UsageLedgerOptions) {
    this.#database = database;
    this.#clock = clock;
    this.#alerted = alerted;
  }

  /** Keeps an entry, once however often it is told, and raises the alerts it causes. Returns whether it was new. */
  async append(entry: UsageEntry): Promise<boolean> {
    const { provider, costUsd, at = this.#clock.wallTime() } = entry;
    const rows = await this.#database.query(
      `with kept as (
         insert into aybiza.model_usage (request_id, call_id, company_id, department, user_ref, conversation, provider,
           model, input_tokens, output_tokens, cached_tokens, cost_usd, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9::int, $10::int, $11::int, $12::float8::numeric, $13::timestamptz)
         on conflict (request_id) do nothing
         returning company_id, department, user_ref, conversation, cost_usd, at
       ), summed as (
         insert into aybiza.usage_days as total (company_id, scope, subject, day, cost_usd)
         select company_id, scope, subject, (at at time zone 'UTC')::date, cost_usd
         from kept cross join lateral (
           values (1, 'company', '*'), (2, 'department', department), (3, 'user', user_ref),
                  (4, 'conversation', conversation)
         ) account (place, scope, subject)
         where subject is not null and cost_usd is not null
         -- Always the company's row first, so that two at once wait instead of blocking each other.
         order by place
         on conflict (company_id, scope, subject, day) do update set cost_usd = total.cost_usd + excluded.cost_usd
       )
       select 1 from kept`,
      [
        toPlainText(entry.requestId),
        toPlainText(entry.callId),
        toPlainText(entry.companyId),
        ...[entry.department, entry.userRef, entry.conversation].map(name => name && toPlainText(name)),
        provider,
        toPlainText(entry.model),
        entry.inputTokens,
        entry.outputTokens,
        entry.cachedTokens,
        costUsd,
        new Date(at).toISOString(),
      ],
    );
    // Told again after a failure, the entry may still owe its alerts.
    await this.#raiseAlerts(entry, await limitStates(this.#database, entry, this.#clock.wallTime()));
    return rows.length > 0;
  }

  /**
   * Whether a model may be asked on this account. Ask before the request; whoever cannot reach the database should let the
   * caller be answered.
   */
  async check(account: Account): Promise<LimitCheck> {
    const states = await limitStates(this.#database, account, this.#clock.wallTime());
    await this.#raiseAlerts(account, states);
    const limit = states.toSorted((a, b) => usedPart(b) - usedPart(a))[0] ?? null;
    if (states.some(isUsedUp)) return { decision: 'refuse', limit };
    return { decision: states.some(isNearlyUsedUp) ? 'warn' : 'allow', limit };
  }

  /**
   * Sums of a company from `from` (included) to `to` (excluded), dearest first, at most `limit` if given. Milliseconds since
   * the Unix epoch.
   */
  async sums(
    companyId: string,
    { by, from, to, limit }: { by: SumBy; from: number; to: number; limit?: number },
  ): Promise<UsageSum[]> {
    const rows = await this.#database.query(
      `select ${SUM_COLUMNS[by]} as name, count(*)::int as requests, sum(input_tokens)::float8 as input_tokens,
              sum(output_tokens)::float8 as output_tokens, sum(cached_tokens)::float8 as cached_tokens,
              coalesce(sum(cost_usd), 0)::float8 as cost_usd, (count(*) - count(cost_usd))::int as unpriced
       from aybiza.model_usage where company_id = $1 and at >= $2::timestamptz and at < $3::timestamptz
       group by 1 order by cost_usd desc, requests desc, name limit $4::int`,
      [toPlainText(companyId), new Date(from).toISOString(), new Date(to).toISOString(), limit ?? null],
    );
    return rows.map(toSum);
  }

  async #raiseAlerts(account: Account, states: readonly LimitState[]): Promise<void> {
    for (const state of states) {
      if (isNearlyUsedUp(state)) await this.#raise(account, state, 'warn');
      if (isUsedUp(state)) await this.#raise(account, state, 'limit');
    }
  }

  async #raise({ companyId }: Account, state: LimitState, kind: UsageAlert['kind']): Promise<void> {
    const { scope, period, periodStart, limitUsd, spentUsd } = state;
    const alert: UsageAlert = {
      companyId,
      scope,
      subject: scope === 'company' ? '' : state.subject,
      period,
      periodStart,
      kind,
      thresholdUsd: kind === 'limit' ? roundUsd(limitUsd) : warnUsd(state),
      spentUsd,
      at: this.#clock.wallTime(),
    };
    if (!(await raiseAlert(this.#database, alert))) return;
    try {
      this.#alerted(alert);
    } catch {
      // A listener's fault must not keep a call from its model.
    }
  }
}

function isUsedUp({ spentUsd, limitUsd }: LimitState): boolean {
  return spentUsd >= limitUsd;
}

function isNearlyUsedUp(state: LimitState): boolean {
  return state.spentUsd >= warnUsd(state);
}

function warnUsd({ limitUsd, warnFraction }: LimitState): number {
  return roundUsd(limitUsd * warnFraction);
}

function usedPart({ spentUsd, limitUsd }: LimitState): number {
  return limitUsd > 0 ? spentUsd / limitUsd : Number.POSITIVE_INFINITY;
}

function toSum(row: Row): UsageSum {
  return {
    name: row.name as string | null,
    requests: row.requests as number,
    inputTokens: row.input_tokens as number,
    outputTokens: row.output_tokens as number,
    cachedTokens: row.cached_tokens as number,
    costUsd: row.cost_usd as number,
    unpriced: row.unpriced as number,
  };
}
