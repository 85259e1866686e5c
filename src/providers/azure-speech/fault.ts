import { CancellationErrorCode } from 'microsoft-cognitiveservices-speech-sdk';
import type { ProviderError, ProviderFault } from '../../../runtime/provider-error.ts';
import { faultOfStatus, networkErrorIn, problemOf } from '../streaming/fault.ts';

export const problem = problemOf('azure-speech');

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
  const network = networkErrorIn(details);
  return problem('unavailable', `the connection failed${network ? ` (${network})` : ''}.`);
}

function numberIn(text: string, pattern: RegExp): number | null {
  return Number(pattern.exec(text)?.[1] ?? 0) || null;
}
