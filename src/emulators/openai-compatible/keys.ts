import { createHash, randomBytes } from 'node:crypto';

/** A key as the Management API shows it. */
export interface ManagedKey {
  hash: string;
  name: string;
  label: string;
  disabled: boolean;
  /** US dollars; null for none. */
  limit: number | null;
  limit_remaining: number | null;
  limit_reset: 'daily' | 'weekly' | 'monthly' | null;
  include_byok_in_limit: boolean;
  usage: number;
  usage_daily: number;
  usage_weekly: number;
  usage_monthly: number;
  byok_usage: number;
  byok_usage_daily: number;
  byok_usage_weekly: number;
  byok_usage_monthly: number;
  created_at: string;
  updated_at: string | null;
  expires_at: string | null;
}

const EDITABLE = ['name', 'disabled', 'limit', 'limit_reset', 'include_byok_in_limit'] as const;

/** The keys that were minted. A key itself is told once, when it is. */
export class ManagedKeys {
  readonly #now: () => string;
  readonly #byHash = new Map<string, ManagedKey>();

  constructor(now: () => string) {
    this.#now = now;
  }

  /** Null: the body is not in order. */
  mint(body: Record<string, unknown>): { key: string; data: ManagedKey } | null {
    if (typeof body.name !== 'string' || body.name === '') return null;
    const key = `sk-or-v1-${randomBytes(32).toString('hex')}`;
    const zero = { usage: 0, usage_daily: 0, usage_weekly: 0, usage_monthly: 0 };
    const byok = { byok_usage: 0, byok_usage_daily: 0, byok_usage_weekly: 0, byok_usage_monthly: 0 };
    const limit = (body.limit as number | null | undefined) ?? null;
    const data: ManagedKey = {
      hash: hashOf(key),
      name: body.name,
      label: `${key.slice(0, 12)}...${key.slice(-3)}`,
      disabled: false,
      limit,
      limit_remaining: limit,
      limit_reset: (body.limit_reset as ManagedKey['limit_reset'] | undefined) ?? null,
      include_byok_in_limit: body.include_byok_in_limit === true,
      ...zero,
      ...byok,
      created_at: this.#now(),
      updated_at: null,
      expires_at: (body.expires_at as string | undefined) ?? null,
    };
    this.#byHash.set(data.hash, data);
    return { key, data };
  }

  list(offset: number): ManagedKey[] {
    return [...this.#byHash.values()].slice(offset, offset + 100);
  }

  get(hash: string): ManagedKey | undefined {
    return this.#byHash.get(hash);
  }

  of(key: string): ManagedKey | undefined {
    return this.#byHash.get(hashOf(key));
  }

  edit(hash: string, changes: Record<string, unknown>): ManagedKey | undefined {
    const key = this.#byHash.get(hash);
    if (!key) return undefined;
    for (const field of EDITABLE) if (field in changes) Object.assign(key, { [field]: changes[field] });
    key.updated_at = this.#now();
    this.spend(key, 0);
    return key;
  }

  remove(hash: string): boolean {
    return this.#byHash.delete(hash);
  }

  spend(key: ManagedKey, usd: number): void {
    key.usage += usd;
    key.usage_daily += usd;
    key.usage_weekly += usd;
    key.usage_monthly += usd;
    key.limit_remaining = key.limit === null ? null : key.limit - key.usage;
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
