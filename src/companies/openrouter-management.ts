import { OpenAI } from 'openai';
import { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import { ProviderError } from '../../runtime/provider-error.ts';
import { quietClient } from '../providers/openai-compatible/client.ts';
import { toProviderError } from '../providers/openai-compatible/failure.ts';
import { keepConnections } from '../providers/openai-compatible/keep-alive-fetch.ts';
import { Watchdog } from '../providers/openai-compatible/watchdog.ts';
import { Secret } from '../secret.ts';

const BASE_URL = 'https://openrouter.ai/api/v1';
const WHOSE = { provider: 'openrouter', region: null };
const TIMEOUT_MS = 10_000;
/** OpenRouter lists so many keys at a time. */
const PAGE_KEYS = 100;

export interface OpenRouterManagementOptions {
  /** A Management API key; completions do not take it. */
  managementKey: Secret;
  clock: Clock;
  /** Default `https://openrouter.ai/api/v1`. */
  baseUrl?: string;
}

export interface KeyLimit {
  /** US dollars; null for none. */
  limitUsd: number | null;
  /** When what was spent begins anew; null: never. */
  reset: 'daily' | 'weekly' | 'monthly' | null;
}

export interface ManagedKey extends KeyLimit {
  /** The provider's id of the key. */
  hash: string;
  name: string;
  disabled: boolean;
  limitLeftUsd: number | null;
  /** US dollars, of all time and since UTC's day, Monday and first of the month. */
  usageUsd: number;
  usageDayUsd: number;
  usageWeekUsd: number;
  usageMonthUsd: number;
}

/** OpenRouter's Management API of keys. Every method throws a ProviderError. */
export interface OpenRouterManagement {
  /** The key is told here and never again. */
  mint(options: KeyLimit & { name: string }): Promise<{ key: Secret; managed: ManagedKey }>;
  /** Null: there is no such key. */
  read(hash: string): Promise<ManagedKey | null>;
  list(): Promise<ManagedKey[]>;
  change(hash: string, changes: Partial<KeyLimit> & { disabled?: boolean }): Promise<ManagedKey>;
  /** Requests with the key fail at once. */
  disable(hash: string): Promise<ManagedKey>;
  delete(hash: string): Promise<void>;
  close(): void;
}

const wireKey = z
  .object({
    hash: z.string().min(1),
    name: z.string(),
    disabled: z.boolean(),
    limit: z.number().nullish(),
    limit_remaining: z.number().nullish(),
    limit_reset: z.enum(['daily', 'weekly', 'monthly']).nullish(),
    usage: z.number(),
    usage_daily: z.number().default(0),
    usage_weekly: z.number().default(0),
    usage_monthly: z.number().default(0),
  })
  .transform(
    (key): ManagedKey => ({
      hash: key.hash,
      name: key.name,
      disabled: key.disabled,
      limitUsd: key.limit ?? null,
      limitLeftUsd: key.limit_remaining ?? null,
      reset: key.limit_reset ?? null,
      usageUsd: key.usage,
      usageDayUsd: key.usage_daily,
      usageWeekUsd: key.usage_weekly,
      usageMonthUsd: key.usage_monthly,
    }),
  );
const oneKey = z.object({ data: wireKey }).transform(({ data }) => data);
const keyPage = z.object({ data: z.array(wireKey) }).transform(({ data }) => data);
const mintedKey = z.object({ key: z.string().min(1), data: wireKey });
const anything = z.unknown();

export function openOpenRouterManagement(options: OpenRouterManagementOptions): OpenRouterManagement {
  const { managementKey, clock, baseUrl = BASE_URL } = options;
  const connections = keepConnections();
  const client = new OpenAI({
    ...quietClient,
    baseURL: baseUrl,
    apiKey: managementKey.reveal(),
    fetch: connections.fetch,
  });

  async function call<T>(
    method: 'get' | 'post' | 'patch' | 'delete',
    path: string,
    schema: z.ZodType<T>,
    body?: object,
  ): Promise<T> {
    const connection = new AbortController();
    const watchdog = new Watchdog(clock, () => connection.abort());
    watchdog.watch(TIMEOUT_MS);
    try {
      const answer = await client[method]<unknown>(path, {
        signal: connection.signal,
        ...(body && { body }),
      });
      const read = schema.safeParse(answer);
      // Without saying what is wrong: the answer may hold a key.
      if (!read.success)
        throw new ProviderError('broken', 'the Management API answered in another shape', WHOSE);
      return read.data;
    } catch (error) {
      if (watchdog.passedMs !== null)
        throw new ProviderError('timeout', `the Management API took longer than ${TIMEOUT_MS} ms`, WHOSE);
      throw toProviderError(error, WHOSE, clock);
    } finally {
      watchdog.rest();
    }
  }

  const pathOf = (hash: string) => `/keys/${encodeURIComponent(hash)}`;

  function change(hash: string, changes: Partial<KeyLimit> & { disabled?: boolean }): Promise<ManagedKey> {
    const { disabled, limitUsd, reset } = changes;
    return call('patch', pathOf(hash), oneKey, {
      ...(disabled !== undefined && { disabled }),
      ...(limitUsd !== undefined && { limit: limitUsd }),
      ...(reset !== undefined && { limit_reset: reset }),
    });
  }

  return {
    async mint({ name, limitUsd, reset }) {
      const body = { name, limit: limitUsd, limit_reset: reset };
      const { key, data } = await call('post', '/keys', mintedKey, body);
      return { key: new Secret(key), managed: data };
    },

    async read(hash) {
      try {
        return await call('get', pathOf(hash), oneKey);
      } catch (error) {
        // A 404.
        if (error instanceof ProviderError && error.fault === 'notReady') return null;
        throw error;
      }
    },

    async list() {
      const keys: ManagedKey[] = [];
      for (;;) {
        const page = await call('get', `/keys?offset=${keys.length}`, keyPage);
        keys.push(...page);
        if (page.length < PAGE_KEYS) return keys;
      }
    },

    change,
    disable: hash => change(hash, { disabled: true }),

    async delete(hash) {
      await call('delete', pathOf(hash), anything);
    },

    close: connections.close,
  };
}
