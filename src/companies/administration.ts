import { createHash } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import type { Secret } from '../secret.ts';
import type { Database } from '../storage/database.ts';
import {
  type Company,
  type CompanyListing,
  findCompany,
  findKeyRecord,
  type KeyRecord,
  listCompanies,
  saveCompany,
} from './company-directory.ts';
import { CompanyKeyError } from './company-key-error.ts';
import { type CompanyKeys, type RetiredKey, retireCompanyKey, type SealRotation } from './company-keys.ts';
import * as requests from './company-requests.ts';
import { mintCompanyKey, OPENROUTER } from './mint-company-key.ts';
import type { KeyLimit, OpenRouterManagement } from './openrouter-management.ts';
import { periodStart } from './periods.ts';
import { listAlerts, type UsageAlert } from './usage-alerts.ts';
import { UsageLedger, type UsageSum } from './usage-ledger.ts';
import { type ListedLimit, listLimits, removeLimit, saveLimit } from './usage-limits.ts';

/** Of departments, users and conversations each, the dearest. */
const SHOWN_SUMS = 20;
const SHOWN_ALERTS = 20;
const FINGERPRINT_CHARACTERS = 12;

export interface ShownKey extends KeyRecord {
  /** The beginning of the key's SHA-256 in hex; null where it cannot be opened. */
  fingerprint: string | null;
  /** Why it cannot be opened, and what to do. */
  problem: string | null;
}

export interface CompanyAccount extends Company {
  key: ShownKey | null;
  /** Since the first of the month in UTC, dearest first. */
  month: {
    from: number;
    total: UsageSum | null;
    departments: readonly UsageSum[];
    users: readonly UsageSum[];
    conversations: readonly UsageSum[];
  };
  limits: readonly ListedLimit[];
  /** Recent first. */
  alerts: readonly UsageAlert[];
}

/**
 * What became of the key that was active before, at OpenRouter. `none`: there was none. `disabled`: requests with it fail.
 * `pending`: a running server with OPENROUTER_MANAGEMENT_KEY switches it off. `brought`: the company made it, and has to
 * revoke it.
 */
export type FormerKey = 'none' | 'disabled' | 'pending' | 'brought';

export interface KeyChange {
  companyId: string;
  /** Of the key in force now; null: there is none. */
  fingerprint: string | null;
  providerKeyId: string | null;
  /** OpenRouter's own limit of a key that was minted; else null. */
  limit: KeyLimit | null;
  former: FormerKey;
}

/** Everything that people do with companies, from the command line or over the API. All throw a `CompanyKeyError`. */
export interface CompanyAdministration {
  list(): Promise<readonly CompanyListing[]>;
  show(companyId: string): Promise<CompanyAccount>;
  /** Adds a company, or renames it. */
  save(companyId: string, company: requests.SavedCompany): Promise<Company>;
  /** Makes a company without a key its own. Throws a ProviderError, as `rotateKey` does. */
  mintKey(companyId: string, limit: requests.MintRequest): Promise<KeyChange>;
  /** Keeps a key that the company brings. */
  setKey(companyId: string, key: Secret): Promise<KeyChange>;
  /** Mints a key, puts it in force, and then disables the one before. Its limit is as before unless another is given. */
  rotateKey(companyId: string, limit: requests.RotateRequest): Promise<KeyChange>;
  /** Forgets the key: the installation pays again. */
  removeKey(companyId: string): Promise<KeyChange>;
  /** A limit of null removes it. Gives all limits of the company. */
  setLimit(companyId: string, limit: requests.LimitRequest): Promise<readonly ListedLimit[]>;
  /** Seals every key under the present master key. */
  rotateSeal(): Promise<SealRotation>;
}

export interface AdministrationParts {
  database: Database;
  clock: Clock;
  /** Null without COMPANY_MASTER_KEY. */
  keys: CompanyKeys | null;
  /** Null without OPENROUTER_MANAGEMENT_KEY. */
  management: OpenRouterManagement | null;
}

export function companyAdministration({
  database,
  clock,
  keys,
  management,
}: AdministrationParts): CompanyAdministration {
  const ledger = new UsageLedger({ database, clock });
  const withKeys = () =>
    needed(keys, 'COMPANY_MASTER_KEY', '32 random bytes, as `openssl rand -base64 32` makes');
  const withManagement = () =>
    needed(management, 'OPENROUTER_MANAGEMENT_KEY', 'a Management API key of OpenRouter');

  async function shownKey(companyId: string): Promise<ShownKey | null> {
    const record = await findKeyRecord(database, companyId, OPENROUTER);
    if (!record) return null;
    try {
      const key = await withKeys().get(companyId, OPENROUTER);
      return { ...record, fingerprint: key && fingerprintOf(key), problem: null };
    } catch (error) {
      if (!(error instanceof CompanyKeyError)) throw error;
      return { ...record, fingerprint: null, problem: error.message };
    }
  }

  async function mint(companyId: string, limit: KeyLimit): Promise<KeyChange> {
    const { hash, limitUsd, reset, former } = await mintCompanyKey(
      { keys: withKeys(), management: withManagement() },
      { companyId, ...limit },
    );
    const key = await withKeys().get(companyId, OPENROUTER);
    return {
      companyId,
      fingerprint: key && fingerprintOf(key),
      providerKeyId: hash,
      limit: { limitUsd, reset },
      former: await switchOff(former),
    };
  }

  /** When it fails, the next round of `src/jobs/read-key-usage.ts` does it. */
  async function switchOff(former: RetiredKey | null): Promise<FormerKey> {
    if (!former) return 'none';
    if (former.providerKeyId === null) return 'brought';
    if (!management) return 'pending';
    return management.disable(former.providerKeyId).then(
      () => 'disabled' as const,
      () => 'pending' as const,
    );
  }

  return {
    list: () => listCompanies(database, OPENROUTER),

    async show(companyId) {
      const company = await findCompany(database, companyId);
      const at = clock.wallTime();
      const from = periodStart('month', at);
      const sums = (by: 'company' | 'department' | 'user' | 'conversation') =>
        ledger.sums(companyId, { by, from, to: at + 1, limit: SHOWN_SUMS });
      const [total] = await sums('company');
      return {
        ...company,
        key: await shownKey(companyId),
        month: {
          from,
          total: total ?? null,
          departments: await sums('department'),
          users: await sums('user'),
          conversations: await sums('conversation'),
        },
        limits: await listLimits(database, companyId, at),
        alerts: await listAlerts(database, { companyId, limit: SHOWN_ALERTS }),
      };
    },

    async save(id, company) {
      const companyId = requests.readRequest(requests.companyId, id);
      await saveCompany(database, { companyId, ...requests.readRequest(requests.savedCompany, company) });
      return findCompany(database, companyId);
    },

    async mintKey(companyId, limit) {
      const read = requests.readRequest(requests.mintedKey, limit);
      withKeys();
      withManagement();
      await findCompany(database, companyId);
      if (await findKeyRecord(database, companyId, OPENROUTER))
        throw new CompanyKeyError('KEY_PRESENT', 'The company has a key. Rotate it to have another.');
      return mint(companyId, read);
    },

    async setKey(companyId, key) {
      requests.readRequest(requests.broughtKey, { key: key.reveal() });
      const former = await withKeys().put({ companyId, provider: OPENROUTER, key, providerKeyId: null });
      return {
        companyId,
        fingerprint: fingerprintOf(key),
        providerKeyId: null,
        limit: null,
        former: await switchOff(former),
      };
    },

    async rotateKey(companyId, limit) {
      const given = requests.readRequest(requests.rotatedKey, limit);
      withKeys();
      await findCompany(database, companyId);
      const record = await findKeyRecord(database, companyId, OPENROUTER);
      if (!record)
        throw new CompanyKeyError(
          'KEY_ABSENT',
          'The company has no key to rotate. Mint one, or set its own.',
        );
      const former = record.providerKeyId && (await withManagement().read(record.providerKeyId));
      const limitUsd = given.limitUsd === undefined && former ? former.limitUsd : given.limitUsd;
      if (limitUsd === undefined)
        throw new CompanyKeyError(
          'LIMIT_MISSING',
          'OpenRouter tells of no limit of the present key, so say which one the new key has (none is allowed).',
        );
      return mint(companyId, { limitUsd, reset: given.reset ?? (former ? former.reset : 'monthly') });
    },

    async removeKey(companyId) {
      await findCompany(database, companyId);
      const former = await retireCompanyKey(database, companyId, OPENROUTER);
      if (!former) throw new CompanyKeyError('KEY_ABSENT', 'The company has no key.');
      return {
        companyId,
        fingerprint: null,
        providerKeyId: null,
        limit: null,
        former: await switchOff(former),
      };
    },

    async setLimit(companyId, limit) {
      const { limitUsd, ...read } = requests.readRequest(requests.setLimit, limit);
      await findCompany(database, companyId);
      if (limitUsd === null) await removeLimit(database, companyId, read);
      else await saveLimit(database, companyId, { ...read, limitUsd });
      return listLimits(database, companyId, clock.wallTime());
    },

    rotateSeal: async () => withKeys().rotate(),
  };
}

/** Names a key without giving it away. */
export function fingerprintOf(key: Secret): string {
  return createHash('sha256').update(key.reveal()).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
}

function needed<Part>(part: Part | null, setting: string, what: string): Part {
  if (part) return part;
  throw new CompanyKeyError('SETTING_MISSING', `Set ${setting}: write ${what}.`);
}
