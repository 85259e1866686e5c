import type { ClientOptions } from 'openai';

/** The SDK would end a request by its own, real clock after this; ours are shorter. The most that a timer can hold. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * What every client of the SDK gets. Retries are decided above, and its log would hold callers' words. What is null would
 * otherwise be read from the environment and sent to a provider that it does not belong to.
 */
export const quietClient = {
  maxRetries: 0,
  timeout: NEVER_MS,
  logLevel: 'off',
  organization: null,
  project: null,
  adminAPIKey: null,
  webhookSecret: null,
} as const satisfies ClientOptions;
