import { ProviderError, type ProviderFault } from '../../../runtime/provider-error.ts';

export const PROVIDER = 'deepgram';

/** How a socket came to its end. */
export interface SocketEnd {
  wasOpen: boolean;
  /** As the SDK tells it; it makes 1000 up for sockets that never opened. */
  code: number | null;
  /** Deepgram's own codes, as `NET-0001`. */
  reason: string;
  /** The SDK's words for a failure to connect. */
  error: string | null;
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

/** The SDK hides the answer to a refused upgrade; its status is in the error's text. */
export function errorOfEnd({ wasOpen, code, reason, error }: SocketEnd): ProviderError {
  if (wasOpen) {
    const about = [code, reason].filter(Boolean).join(' ');
    return problem('broken', `the socket was closed${about ? ` (${about})` : ''}.`);
  }
  const status = Number(/Unexpected server response: (\d{3})/.exec(error ?? '')?.[1]);
  if (status) return problem(faultOfStatus(status), `the connection was refused with HTTP ${status}.`);
  if (/TIMEOUT/.test(error ?? '')) return problem('timeout', 'the connection took too long.');
  const network = /\bE[A-Z]{4,}\b/.exec(error ?? '')?.[0];
  return problem('unavailable', `the connection failed${network ? ` (${network})` : ''}.`);
}

/** What the SDK throws for a request over HTTP. */
export function errorOfRequest(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const { statusCode, name } = (error ?? {}) as { statusCode?: unknown; name?: unknown };
  if (typeof statusCode === 'number')
    return problem(faultOfStatus(statusCode), `the request was refused with HTTP ${statusCode}.`, {
      retryAfterMs: retryAfterMs(error),
    });
  if (name === 'DeepgramTimeoutError') return problem('timeout', 'no answer came in time.');
  return problem('unavailable', 'the request failed on its way.');
}

export function problem(
  fault: ProviderFault,
  message: string,
  { retryAfterMs = null }: { retryAfterMs?: number | null } = {},
): ProviderError {
  // No cause: the SDK's errors carry requests, and those the key.
  return new ProviderError(fault, message, { provider: PROVIDER, retryAfterMs });
}

function retryAfterMs(error: unknown): number | null {
  const { rawResponse } = error as { rawResponse?: { headers?: { get?(name: string): string | null } } };
  const seconds = Number(rawResponse?.headers?.get?.('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1_000 : null;
}
