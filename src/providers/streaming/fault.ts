import { ProviderError, type ProviderFault } from '../../../runtime/provider-error.ts';

/** Makes an error of one provider's. */
export type Problem = (
  fault: ProviderFault,
  message: string,
  about?: { retryAfterMs?: number | null },
) => ProviderError;

/** Without a cause: the errors of SDKs carry requests and addresses, and those the key. */
export function problemOf(provider: string): Problem {
  return (fault, message, { retryAfterMs = null } = {}) =>
    new ProviderError(fault, message, { provider, retryAfterMs });
}

export function faultOfStatus(status: number): ProviderFault {
  if (status === 401 || status === 402 || status === 403) return 'unauthorized';
  if (status === 408 || status === 504) return 'timeout';
  if (status === 429) return 'throttled';
  if (status >= 500) return 'unavailable';
  return status >= 400 ? 'invalid' : 'unknown';
}

/** No other try helps: the key or the request itself is refused. */
export function isHopeless({ fault }: ProviderError): boolean {
  return fault === 'unauthorized' || fault === 'invalid';
}

/** The first network error, as `ECONNRESET`, in an SDK's words for a failed connection. */
export function networkErrorIn(text: string): string | null {
  return /\bE[A-Z]{4,}\b/.exec(text)?.[0] ?? null;
}

/** Of a `retry-after` header in seconds; null where there is none. */
export function retryAfterMs(header: string | null | undefined): number | null {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1_000 : null;
}

/** Whether an answer says that it is words. Played as sound, they would be noise to the caller. */
export function isText(contentType: string | null | undefined): boolean {
  return /^(text\/|application\/(problem\+)?json)/i.test(contentType ?? '');
}
