import { CancellationErrorCode } from 'microsoft-cognitiveservices-speech-sdk';
import { ProviderError, type ProviderFault } from '../../../runtime/provider-error.ts';

export const PROVIDER = 'azure-speech';

/** How the SDK tells of a failure. Its words are searched, but never repeated: they may hold addresses with the key in them. */
export interface SdkFailure {
  /** Whether the socket had been open. */
  wasOpen: boolean;
  code: CancellationErrorCode | null;
  details: string;
}

const faults: Partial<Record<CancellationErrorCode, ProviderFault>> = {
  [CancellationErrorCode.AuthenticationFailure]: 'unauthorized',
  [CancellationErrorCode.Forbidden]: 'unauthorized',
  [CancellationErrorCode.BadRequestParameters]: 'invalid',
  [CancellationErrorCode.TooManyRequests]: 'throttled',
  [CancellationErrorCode.ServiceTimeout]: 'timeout',
  [CancellationErrorCode.ServiceError]: 'unavailable',
};

/** Codes with which the service closes a socket. */
const closeFaults: Record<number, ProviderFault> = {
  1002: 'invalid',
  1003: 'invalid',
  1007: 'invalid',
  4401: 'unauthorized',
  4403: 'unauthorized',
  4429: 'throttled',
};

export function faultOfStatus(status: number): ProviderFault {
  if (status === 401 || status === 403) return 'unauthorized';
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
export function errorOfFailure({ wasOpen, code, details }: SdkFailure): ProviderError {
  const status = numberIn(details, /Unexpected server response: (\d{3})/);
  if (status) return problem(faultOfStatus(status), `the connection was refused with HTTP ${status}.`);
  const closed = numberIn(details, /websocket error code: (\d{4})/);
  if (closed && closeFaults[closed])
    return problem(closeFaults[closed], `the socket was closed (${closed}).`);
  const known = code === null ? undefined : faults[code];
  if (known)
    return problem(known, `the service said ${CancellationErrorCode[code as CancellationErrorCode]}.`);
  if (wasOpen) return problem('broken', `the socket was closed${closed ? ` (${closed})` : ''}.`);
  const network = /\bE[A-Z]{4,}\b/.exec(details)?.[0];
  return problem('unavailable', `the connection failed${network ? ` (${network})` : ''}.`);
}

export function problem(
  fault: ProviderFault,
  message: string,
  { retryAfterMs = null }: { retryAfterMs?: number | null } = {},
): ProviderError {
  // No cause: the SDK's errors carry addresses, and those the key.
  return new ProviderError(fault, message, { provider: PROVIDER, retryAfterMs });
}

function numberIn(text: string, pattern: RegExp): number | null {
  return Number(pattern.exec(text)?.[1] ?? 0) || null;
}
