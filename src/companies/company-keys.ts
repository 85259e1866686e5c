import { Secret } from '../secret.ts';
import type { Database, Queryable } from '../storage/database.ts';
import { toPlainText } from '../storage/json-text.ts';
import { CompanyKeyError } from './company-key-error.ts';
import { type MasterKey, readMasterKey } from './sealing.ts';

export interface CompanyKeysOptions {
  database: Database;
  /** Seals new keys. */
  masterKey: Secret;
  /** Still open what they sealed, until `rotate` has run. Default: none. */
  formerMasterKeys?: readonly Secret[];
}

export interface NewCompanyKey {
  companyId: string;
  /** As `openrouter`. */
  provider: string;
  key: Secret;
  /** What the provider calls the key, as OpenRouter's hash; null for a key that the company brought. */
  providerKeyId: string | null;
}

/** A key that is no longer active. */
export interface RetiredKey {
  /** Null for a key that the company brought. */
  providerKeyId: string | null;
}

/** What became of the keys that a former master key had sealed. */
export interface SealRotation {
  /** Sealed anew by this run. */
  rotated: number;
  /** Companies whose key none of the master keys opens. Their rows are as they were. */
  unreadable: readonly string[];
}

interface SealedRow extends Record<string, unknown> {
  id: string;
  company_id: string;
  provider: string;
  sealed: string;
  master_key_id: string;
}

const SEALED = 'select id::text, company_id, provider, sealed, master_key_id from aybiza.company_keys';

/** Every company's own keys at providers, encrypted. One is active per company and provider. */
export class CompanyKeys {
  readonly #database: Database;
  readonly #current: MasterKey;
  readonly #byId: ReadonlyMap<string, MasterKey>;

  /** Throws `MASTER_KEY_INVALID`. */
  constructor({ database, masterKey, formerMasterKeys = [] }: CompanyKeysOptions) {
    this.#database = database;
    this.#current = readMasterKey(masterKey);
    const all = [this.#current, ...formerMasterKeys.map(readMasterKey)];
    this.#byId = new Map(all.map(key => [key.id, key]));
  }

  /**
   * Keeps a key in place of the company's former one, which is forgotten and given back. Throws `COMPANY_UNKNOWN`, and
   * `KEY_IN_CLEAR` when the provider's id of the key is the key.
   */
  async put({ companyId, provider, key, providerKeyId }: NewCompanyKey): Promise<RetiredKey | null> {
    if (providerKeyId?.includes(key.reveal()))
      throw new CompanyKeyError(
        'KEY_IN_CLEAR',
        "The provider's id of a company key is the key itself; it was not kept.",
      );
    const sealed = this.#current.seal(key.reveal(), [companyId, provider]);

    return await this.#database.transaction(async tx => {
      // Taking the company's row makes two that put a key at once come one after the other.
      const rows = await tx.query('select 1 from aybiza.companies where company_id = $1 for update', [
        companyId,
      ]);
      if (rows.length === 0) throw new CompanyKeyError('COMPANY_UNKNOWN', 'Save the company before its key.');
      const former = await retireCompanyKey(tx, companyId, provider);
      await tx.query(
        `insert into aybiza.company_keys (company_id, provider, provider_key_id, sealed, master_key_id)
         values ($1, $2, $3, $4, $5)`,
        [companyId, provider, providerKeyId, sealed, this.#current.id],
      );
      return former;
    });
  }

  /** The active key, or null. Throws `MASTER_KEY_UNKNOWN` and `KEY_UNREADABLE`. */
  async get(companyId: string, provider: string): Promise<Secret | null> {
    const [row] = await this.#database.query<SealedRow>(
      `${SEALED} where company_id = $1 and provider = $2 and retired_at is null`,
      [toPlainText(companyId), provider],
    );
    return row ? new Secret(this.#open(row)) : null;
  }

  /**
   * Seals every key anew that a former master key had sealed, one after the other: a run that is broken off has lost
   * nothing, and another one goes on. A key that cannot be opened holds up no other.
   */
  async rotate(): Promise<SealRotation> {
    const rows = await this.#database.query<SealedRow>(
      `${SEALED} where sealed is not null and master_key_id <> $1 order by id`,
      [this.#current.id],
    );
    let rotated = 0;
    const unreadable: string[] = [];
    for (const row of rows) {
      const key = this.#tryOpen(row);
      if (key === null) {
        unreadable.push(row.company_id);
        continue;
      }
      const sealed = this.#current.seal(key, [row.company_id, row.provider]);
      // A key that was replaced meanwhile stays as it is.
      const changed = await this.#database.query(
        `update aybiza.company_keys set sealed = $2, master_key_id = $3
         where id = $1::bigint and sealed = $4 returning id::text`,
        [row.id, sealed, this.#current.id, row.sealed],
      );
      rotated += changed.length;
    }
    return { rotated, unreadable };
  }

  #tryOpen(row: SealedRow): string | null {
    try {
      return this.#open(row);
    } catch (error) {
      if (error instanceof CompanyKeyError) return null;
      throw error;
    }
  }

  #open({ company_id, provider, sealed, master_key_id }: SealedRow): string {
    const masterKey = this.#byId.get(master_key_id);
    if (!masterKey)
      throw new CompanyKeyError(
        'MASTER_KEY_UNKNOWN',
        `A company key was sealed with the master key ${master_key_id}; name that one among the former master keys.`,
      );
    return masterKey.open(sealed, [company_id, provider]);
  }
}

/** Forgets the active key: needs no master key. What the provider knows of it is still read, and it is switched off there. */
export async function retireCompanyKey(
  database: Queryable,
  companyId: string,
  provider: string,
): Promise<RetiredKey | null> {
  const [row] = await database.query<{ provider_key_id: string | null }>(
    `update aybiza.company_keys set retired_at = now(), sealed = null, master_key_id = null
     where company_id = $1 and provider = $2 and retired_at is null returning provider_key_id`,
    [companyId, provider],
  );
  return row ? { providerKeyId: row.provider_key_id } : null;
}
