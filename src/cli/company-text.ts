import type { CompanyAccount, FormerKey, KeyChange, ShownKey } from '../companies/administration.ts';
import type { CompanyListing } from '../companies/company-directory.ts';
import type { SealRotation } from '../companies/company-keys.ts';
import type { UsageSum } from '../companies/usage-ledger.ts';
import type { ListedLimit } from '../companies/usage-limits.ts';

const FORMER: Record<FormerKey, string> = {
  none: '',
  disabled: 'The key before is disabled at OpenRouter.',
  pending:
    'The key before is not disabled yet: a running server with OPENROUTER_MANAGEMENT_KEY will, or do it at OpenRouter.',
  brought: 'The company made the key before itself: revoke it where it was made.',
};

export function listText(companies: readonly CompanyListing[]): string {
  if (companies.length === 0) return 'No companies yet. Add one: aybiza company save acme --name "Acme Ltd"';
  return table([
    ['company', 'name', 'key'],
    ...companies.map(({ companyId, name, hasKey }) => [
      companyId,
      name,
      hasKey ? 'its own' : "the installation's",
    ]),
  ]);
}

export function accountText(account: CompanyAccount): string {
  const { companyId, name, key, month, limits, alerts } = account;
  return [
    `${companyId}: ${name}`,
    `key: ${key ? keyText(key) : "none; the installation's is used"}`,
    `since ${dateOf(month.from)}: ${month.total ? sumText(month.total) : 'nothing was used'}`,
    ...sumsText('department', month.departments),
    ...sumsText('user', month.users),
    ...sumsText('conversation', month.conversations),
    limitsText(limits),
    ...alerts.map(
      ({ at, kind, scope, subject, period, spentUsd, thresholdUsd }) =>
        `alert ${new Date(at).toISOString()} ${kind}: ${[scope, subject].filter(Boolean).join(' ')} ${period}, ` +
        `$${money(spentUsd)} of $${money(thresholdUsd)}`,
    ),
  ].join('\n');
}

export function keyChangeText({ companyId, fingerprint, limit, former }: KeyChange): string {
  const reset = limit?.reset ? ` ${limit.reset}` : '';
  const spend = limit
    ? limit.limitUsd === null
      ? ', without a limit'
      : `, $${money(limit.limitUsd)}${reset}`
    : '';
  const now = fingerprint
    ? `In force for ${companyId}: key ${fingerprint}${spend}.`
    : `${companyId} has no key of its own now; the installation's is used.`;
  return [now, FORMER[former]].filter(Boolean).join(' ');
}

export function limitsText(limits: readonly ListedLimit[]): string {
  if (limits.length === 0) return 'no limits';
  return table([
    ['limit of', 'period', 'usd', 'spent', 'warns at'],
    ...limits.map(({ scope, subject, period, limitUsd, spentUsd, warnFraction }) => [
      scope === 'company' ? scope : `${scope} ${subject === '*' ? '(each)' : subject}`,
      period,
      money(limitUsd),
      spentUsd === null ? '' : money(spentUsd),
      money(limitUsd * warnFraction),
    ]),
  ]);
}

export function sealText({ rotated, unreadable }: SealRotation): string {
  const done = `${rotated} ${rotated === 1 ? 'key was' : 'keys were'} encrypted under the new master key.`;
  if (unreadable.length === 0) return `${done} No other is left: the former master keys may go.`;
  return (
    `${done} The keys of ${unreadable.join(', ')} open with no master key given: name the one that encrypted them among ` +
    'COMPANY_FORMER_MASTER_KEYS and run this again, or set those keys anew.'
  );
}

function keyText({
  fingerprint,
  problem,
  providerKeyId,
  createdAt,
  usageMonthUsd,
  limitLeftUsd,
  readAt,
}: ShownKey) {
  const told =
    readAt === null
      ? ''
      : `; OpenRouter counted $${money(usageMonthUsd ?? 0)} this month` +
        (limitLeftUsd === null ? '' : `, $${money(limitLeftUsd)} left`);
  const whose = providerKeyId === null ? 'brought by the company' : 'minted';
  return `${fingerprint ?? 'unreadable'}, ${whose} on ${dateOf(createdAt)}${told}${problem ? `. ${problem}` : ''}`;
}

function sumsText(what: string, sums: readonly UsageSum[]): string[] {
  return sums.map(sum => `  ${what} ${sum.name ?? '(none)'}: ${sumText(sum)}`);
}

function sumText({ requests, inputTokens, outputTokens, costUsd, unpriced }: UsageSum): string {
  const unknown = unpriced > 0 ? `, ${unpriced} of unknown price` : '';
  return `$${money(costUsd)}, ${requests} requests${unknown}, ${inputTokens} tokens in, ${outputTokens} out`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Cents, and smaller amounts as long as they are more than nothing. */
function money(usd: number): string {
  return usd > 0 && usd < 1 ? String(Number(usd.toPrecision(3))) : usd.toFixed(2);
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
