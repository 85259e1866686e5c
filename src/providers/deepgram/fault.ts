import { ProviderError } from '../../../runtime/provider-error.ts';
import { faultOfStatus, networkErrorIn, problemOf, retryAfterMs } from '../streaming/fault.ts';

export const problem = problemOf('deepgram');

/** How a socket came to its end. */
export interface SocketEnd {
  wasOpen: boolean;
  /** As the SDK tells it; it makes 1000 up for sockets that never opened. */
  code: number | null;
  /** Deepgram's own codes, as `NET-0001`; anything else is not repeated, for it could quote the key. */
  reason: string;
  /** The SDK's words for a failure to connect. */
  error: string | null;
}

/** The SDK hides the answer to a refused upgrade; its status is in the error's text. */
export function errorOfEnd({ wasOpen, code, reason, error }: SocketEnd): ProviderError {
  if (wasOpen) {
    const about = [code, /^[A-Z]{2,10}-\d{4}\b/.exec(reason)?.[0]].filter(Boolean).join(' ');
    return problem('broken', `the socket was closed${about ? ` (${about})` : ''}.`);
  }
  const status = Number(/Unexpected server response: (\d{3})/.exec(error ?? '')?.[1]);
  if (status) return problem(faultOfStatus(status), `the connection was refused with HTTP ${status}.`);
  if (/TIMEOUT/.test(error ?? '')) return problem('timeout', 'the connection took too long.');
  const network = networkErrorIn(error ?? '');
  return problem('unavailable', `the connection failed${network ? ` (${network})` : ''}.`);
}

/** What the SDK throws for a request over HTTP. */
export function errorOfRequest(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  const { statusCode, name } = (error ?? {}) as { statusCode?: unknown; name?: unknown };
  if (typeof statusCode === 'number')
    return problem(faultOfStatus(statusCode), `the request was refused with HTTP ${statusCode}.`, {
      retryAfterMs: retryAfterOf(error),
    });
  if (name === 'DeepgramTimeoutError') return problem('timeout', 'no answer came in time.');
  return problem('unavailable', 'the request failed on its way.');
}

function retryAfterOf(error: unknown): number | null {
  const { rawResponse } = error as { rawResponse?: { headers?: { get?(name: string): string | null } } };
  return retryAfterMs(rawResponse?.headers?.get?.('retry-after'));
}
