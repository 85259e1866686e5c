/**
 * What went wrong at a provider, as far as it decides what to do next.
 *
 * - `throttled`: too many requests; another try later, or a faster model.
 * - `notReady`: the model is being loaded; the next model.
 * - `invalid`: the request itself was refused; it has to be repaired.
 * - `unauthorized`: the key is wrong or not allowed; no other try with it.
 * - `unavailable`: the service or region fails; another region.
 * - `timeout`: nothing came in time; a faster model.
 * - `broken`: the stream ended before it was whole.
 * - `unknown`: anything else; as `unavailable`.
 */
export type ProviderFault =
  | 'throttled'
  | 'notReady'
  | 'invalid'
  | 'unauthorized'
  | 'unavailable'
  | 'timeout'
  | 'broken'
  | 'unknown';

/** Thrown by adapters. The message names provider and fault, never a key, and never a caller's words. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly fault: ProviderFault;
  /** As `bedrock`, `deepgram`. */
  readonly provider: string;
  /** Where there is one. */
  readonly region: string | null;
  /** What the provider asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;

  constructor(
    fault: ProviderFault,
    message: string,
    about: { provider: string; region?: string | null; retryAfterMs?: number | null; cause?: unknown },
  ) {
    super(`${about.provider}${about.region ? ` in ${about.region}` : ''}: ${message}`, {
      cause: about.cause,
    });
    this.fault = fault;
    this.provider = about.provider;
    this.region = about.region ?? null;
    this.retryAfterMs = about.retryAfterMs ?? null;
  }
}
