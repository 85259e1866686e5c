import type { Clock } from '../../runtime/clock.ts';
import type { CompanyAccounts } from '../companies/open.ts';
import type { Config } from '../config.ts';
import type { ResponseCache } from '../language/cache/response-cache.ts';
import type { Logger } from '../log.ts';

/** What every provider is opened with. */
export interface ProviderWorld {
  config: Config;
  clock: Clock;
  log: Logger;
  /** 0 … 1, for jitter. */
  random(): number;
  /** Without them every model is the installation's to pay. */
  companies?: CompanyAccounts | null;
  /** Without it every question is asked of a model. */
  responses?: ResponseCache | null;
}

/** The settings were checked when they were read. */
export function needed<Value>(value: Value | null): Value {
  if (value === null) throw new Error('A provider was chosen without its settings.');
  return value;
}
