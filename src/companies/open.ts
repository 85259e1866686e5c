import type { Call } from '../../runtime/call.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { CallStart } from '../../runtime/journal.ts';
import type { LanguageModel } from '../../runtime/ports.ts';
import type { Agent } from '../agents.ts';
import type { Config } from '../config.ts';
import { startReadingKeyUsage } from '../jobs/read-key-usage.ts';
import { type Repetition, repeatEvery } from '../jobs/repeat-every.ts';
import type { OpenRouterChat, Payer } from '../providers/openai-compatible/openrouter.ts';
import type { Secret } from '../secret.ts';
import type { Database } from '../storage/database.ts';
import type { Log } from '../storage/log.ts';
import { userRefs } from './caller-ref.ts';
import { CompanyKeys } from './company-keys.ts';
import { limitedModel } from './limited-model.ts';
import { OPENROUTER } from './mint-company-key.ts';
import { type OpenRouterManagement, openOpenRouterManagement } from './openrouter-management.ts';
import type { UsageAlert } from './usage-alerts.ts';
import { type UsageEntry, UsageLedger } from './usage-ledger.ts';
import type { Account } from './usage-limits.ts';

/** A bill appears some seconds after a reply was broken off. */
const AUDIT_EVERY_MS = 30_000;
/** Accounts of calls that are over are remembered for late bills, up to so many. */
const MAX_ACCOUNTS = 10_000;

export interface CompanyOptions {
  config: Pick<Config, 'openRouterManagementKey' | 'companyFormerMasterKeys' | 'openRouter'>;
  masterKey: Secret;
  agents: readonly Pick<Agent, 'name' | 'company' | 'department'>[];
  database: Database;
  clock: Clock;
  log: Log;
  /** Throws when there is no such call now. */
  startOf(callId: string): CallStart;
}

/** The accounts of companies during calls: who pays, what is used, and whether more may be. */
export interface CompanyAccounts {
  readonly keys: CompanyKeys;
  readonly ledger: UsageLedger;
  /** Null without a key for it. */
  readonly management: OpenRouterManagement | null;
  /** The company's own key at OpenRouter. Null: the installation pays. */
  payerOf(callId: string): Promise<Payer | null>;
  /** Asks `model` only as long as the company of the call may; then the flow itself answers. */
  limit(model: LanguageModel, flow: LanguageModel): LanguageModel;
  /** Keeps what the call uses from here on. */
  watch(call: Call): void;
  /** Keeps what was used for the call beside what its own log tells. */
  spend(callId: string, usage: Omit<UsageEntry, keyof Account | 'callId' | 'at'>): void;
  /** Keeps what replies cost that were broken off. */
  audit(chat: Pick<OpenRouterChat, 'auditAborted'>): void;
  /** Resolves when all usage that was told is written. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Throws `MASTER_KEY_INVALID`. */
export function openCompanyAccounts(options: CompanyOptions): CompanyAccounts {
  const { config, masterKey, database, clock, log } = options;
  const keys = new CompanyKeys({ database, masterKey, formerMasterKeys: config.companyFormerMasterKeys });
  const alerted = (alert: UsageAlert) => log.warn({ alert }, alertText(alert));
  const ledger = new UsageLedger({ database, clock, alerted });
  const refOf = userRefs(masterKey);
  const agents = new Map(options.agents.map(agent => [agent.name, agent]));
  const accounts = new Map<string, Account | null>();
  const writing = new Set<Promise<void>>();
  const rounds: Repetition[] = [];

  const management =
    config.openRouterManagementKey &&
    openOpenRouterManagement({
      managementKey: config.openRouterManagementKey,
      clock,
      ...(config.openRouter.url && { baseUrl: config.openRouter.url }),
    });
  if (management) rounds.push(startReadingKeyUsage({ database, management, clock, log, alerted }));

  function accountOf(callId: string, start?: CallStart): Account | null {
    const known = accounts.get(callId);
    if (known !== undefined) return known;
    const { agent: name, from, to, direction } = start ?? options.startOf(callId);
    const agent = agents.get(name ?? '');
    const companyId = agent?.company;
    const account = companyId
      ? {
          companyId,
          department: agent.department,
          userRef: refOf(companyId, direction === 'inbound' ? from : to),
          conversation: callId,
        }
      : null;
    const [oldest] = accounts.keys();
    if (accounts.size >= MAX_ACCOUNTS && oldest !== undefined) accounts.delete(oldest);
    accounts.set(callId, account);
    return account;
  }

  function keep(entry: UsageEntry): void {
    const { companyId, requestId, callId } = entry;
    const failed = (error: Error) =>
      // The call's record has it still.
      log.error(
        { companyId, requestId, callId, error: error.message },
        'What a company used was not counted.',
      );
    const written = ledger.append(entry).then(() => {}, failed);
    writing.add(written);
    void written.then(() => writing.delete(written));
  }

  async function keepAborted(chat: Pick<OpenRouterChat, 'auditAborted'>): Promise<void> {
    for (const { callId, generationId, model, usage } of await chat.auditAborted()) {
      const account = accounts.get(callId);
      if (!account) continue;
      const { inputTokens, outputTokens, cachedInputTokens: cachedTokens, costUsd } = usage;
      keep({
        ...account,
        requestId: generationId,
        callId,
        provider: OPENROUTER,
        model,
        inputTokens,
        outputTokens,
        cachedTokens,
        costUsd,
      });
    }
  }

  async function settled(): Promise<void> {
    while (writing.size > 0) await Promise.all(writing);
  }

  return {
    keys,
    ledger,
    management,
    settled,

    async payerOf(callId) {
      const account = accountOf(callId);
      const apiKey = account && (await keys.get(account.companyId, OPENROUTER));
      return apiKey ? { apiKey, user: account.userRef } : null;
    },

    limit: (model, flow) =>
      limitedModel({
        model,
        flow,
        clock,
        log,
        check: async callId => {
          const account = accountOf(callId);
          return account && ledger.check(account);
        },
      }),

    watch(call) {
      const { callId } = call.start;
      const account = accountOf(callId, call.start);
      if (!account) return;
      call.log.listen(entry => {
        if (entry.kind !== 'note' || entry.note.type !== 'reply.usage') return;
        const { cachedInputTokens: cachedTokens, ...usage } = entry.note.usage;
        // The place in the call's log stays the same wherever the call goes on.
        keep({ ...account, ...usage, cachedTokens, callId, requestId: `${callId}:${entry.seq}` });
      });
    },

    spend(callId, usage) {
      const account = accounts.get(callId);
      if (account) keep({ ...account, ...usage, callId });
    },

    audit(chat) {
      const failed = (error: Error) =>
        log.warn({ error: error.message }, 'Replies that were broken off could not be billed.');
      rounds.push(repeatEvery(AUDIT_EVERY_MS, () => keepAborted(chat), { clock, failed }));
    },

    async close() {
      await Promise.all(rounds.map(round => round.stop()));
      await settled();
      management?.close();
    },
  };
}

function alertText({ companyId, scope, kind, period, spentUsd, thresholdUsd }: UsageAlert): string {
  const reached = kind === 'limit' ? 'has reached its limit' : 'nears its limit';
  return `The company ${companyId} ${reached} (${scope}, ${period}): ${spentUsd} of ${thresholdUsd} US dollars.`;
}
