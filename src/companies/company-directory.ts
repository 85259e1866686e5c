import type { Queryable, Row } from '../storage/database.ts';
import { toPlainText } from '../storage/json-text.ts';
import { CompanyKeyError } from './company-key-error.ts';

export interface Company {
  companyId: string;
  name: string;
  /** Milliseconds since the Unix epoch. */
  createdAt: number;
}

export interface CompanyListing extends Company {
  /** Whether it has a key of its own. */
  hasKey: boolean;
}

/** The company's active key, as it may be shown. The amounts are what the provider last said of it. */
export interface KeyRecord {
  /** What the provider calls the key; null for a key that the company brought. */
  providerKeyId: string | null;
  /** Milliseconds since the Unix epoch, as `readAt`. */
  createdAt: number;
  readAt: number | null;
  usageUsd: number | null;
  usageMonthUsd: number | null;
  limitUsd: number | null;
  limitLeftUsd: number | null;
}

/** Adds a company, or renames it. */
export async function saveCompany(
  database: Queryable,
  { companyId, name }: { companyId: string; name: string },
): Promise<void> {
  await database.query(
    `insert into aybiza.companies (company_id, name) values ($1, $2)
     on conflict (company_id) do update set name = excluded.name`,
    [toPlainText(companyId), toPlainText(name)],
  );
}

/** All companies, by id. */
export async function listCompanies(database: Queryable, provider: string): Promise<CompanyListing[]> {
  const rows = await database.query(
    `select company_id, name, created_at, exists (
       select 1 from aybiza.company_keys k
       where k.company_id = c.company_id and provider = $1 and retired_at is null) as has_key
     from aybiza.companies c order by company_id`,
    [provider],
  );
  return rows.map(row => ({ ...toCompany(row), hasKey: row.has_key as boolean }));
}

/** Throws `COMPANY_UNKNOWN`. */
export async function findCompany(database: Queryable, companyId: string): Promise<Company> {
  const [row] = await database.query(
    'select company_id, name, created_at from aybiza.companies where company_id = $1',
    [toPlainText(companyId)],
  );
  if (!row) throw new CompanyKeyError('COMPANY_UNKNOWN', 'There is no such company. Save it first.');
  return toCompany(row);
}

export async function findKeyRecord(
  database: Queryable,
  companyId: string,
  provider: string,
): Promise<KeyRecord | null> {
  const [row] = await database.query(
    `select provider_key_id, created_at, read_at, usage_usd::float8, usage_month_usd::float8, limit_usd::float8,
            limit_left_usd::float8
     from aybiza.company_keys where company_id = $1 and provider = $2 and retired_at is null`,
    [toPlainText(companyId), provider],
  );
  return row ? toKeyRecord(row) : null;
}

function toCompany(row: Row): Company {
  return {
    companyId: row.company_id as string,
    name: row.name as string,
    createdAt: (row.created_at as Date).getTime(),
  };
}

function toKeyRecord(row: Row): KeyRecord {
  return {
    providerKeyId: row.provider_key_id as string | null,
    createdAt: (row.created_at as Date).getTime(),
    readAt: (row.read_at as Date | null)?.getTime() ?? null,
    usageUsd: row.usage_usd as number | null,
    usageMonthUsd: row.usage_month_usd as number | null,
    limitUsd: row.limit_usd as number | null,
    limitLeftUsd: row.limit_left_usd as number | null,
  };
}
