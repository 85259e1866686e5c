import { ProviderError, type ProviderFault } from '../../../runtime/provider-error.ts';

/** The exception names of the service, its gateway and the SDK, without the `Exception` (of the SDK's own: `Error`) at their end. */
const faultsByName: Record<string, ProviderFault> = {
  Throttling: 'throttled',
  ThrottledRequest: 'throttled',
  TooManyRequests: 'throttled',
  ServiceQuotaExceeded: 'throttled',
  SlowDown: 'throttled',
  ModelNotReady: 'notReady',
  Validation: 'invalid',
  ResourceNotFound: 'invalid',
  Conflict: 'invalid',
  UnknownOperation: 'invalid',
  AccessDenied: 'unauthorized',
  UnrecognizedClient: 'unauthorized',
  InvalidSignature: 'unauthorized',
  SignatureDoesNotMatch: 'unauthorized',
  IncompleteSignature: 'unauthorized',
  MissingAuthenticationToken: 'unauthorized',
  InvalidClientTokenId: 'unauthorized',
  ExpiredToken: 'unauthorized',
  NotAuthorized: 'unauthorized',
  CredentialsProvider: 'unauthorized',
  TokenProvider: 'unauthorized',
  InternalServer: 'unavailable',
  InternalFailure: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ModelError: 'unavailable',
  ModelStreamError: 'broken',
  ModelTimeout: 'timeout',
  RequestTimeout: 'timeout',
  Timeout: 'timeout',
};

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** What the SDK throws, as far as we read it. */
interface SdkError {
  name: string;
  message: string;
  code?: unknown;
  $metadata?: { httpStatusCode?: number; requestId?: string };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

const LONGEST_CAUSE = 500;

/**
 * The fault behind an error of the SDK. `began`: the stream had already begun.
 *
 * The message holds the exception's name only: what the service says may quote the conversation. Its words are in the
 * cause, except where the key was refused: a refused signature is answered with the headers that were signed, the session
 * token among them.
 */
export function toProviderError(thrown: unknown, region: string | null, began: boolean): ProviderError {
  const error = asSdkError(thrown);
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode ?? null;
  const fault = faultOf(error, status, began);
  const what = typeof error.code === 'string' ? error.code : error.name;

  return new ProviderError(
    fault,
    `${what}${status && status >= 400 ? ` (${status})` : ''}; ${advice[fault]}`,
    {
      provider: 'bedrock',
      region,
      retryAfterMs: retryAfterMs(error.$response?.headers),
      cause: causeOf(error, fault, status),
    },
  );
}

const advice: Record<ProviderFault, string> = {
  throttled: 'too many requests or tokens for this account and model',
  notReady: 'the model is being loaded',
  invalid: 'the request was refused; its cause says why, a retired or unknown model id among the reasons',
  unauthorized: 'check the AWS credentials or AWS_BEARER_TOKEN_BEDROCK, and that the model is enabled',
  unavailable: 'the service or the way to it fails',
  timeout: 'no answer in time',
  broken: 'the answer broke off',
  unknown: 'an error that this adapter does not know',
};

function asSdkError(thrown: unknown): SdkError {
  return thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
}

function faultOf(error: SdkError, status: number | null, began: boolean): ProviderFault {
  // The SDK calls a reset connection a TimeoutError too.
  if (typeof error.code === 'string' && unreachable.has(error.code))
    return began || status !== null ? 'broken' : 'unavailable';
  const named = faultsByName[error.name] ?? faultsByName[error.name.replace(/(?:Exception|Error)$/, '')];
  if (named) return named;
  if (/^Expected `?region|^Region is missing/i.test(error.message)) return 'invalid';
  if (status !== null && status >= 400) return faultOfStatus(status);
  if (error.code === 'ETIMEDOUT') return 'timeout';
  if (began) return 'broken';
  if (typeof error.code === 'string' && /CERT|TLS|SSL/.test(error.code)) return 'unavailable';
  // An answer of 200 that nobody can read.
  return status === null ? 'unknown' : 'broken';
}

function faultOfStatus(status: number): ProviderFault {
  if (status === 429) return 'throttled';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 408 || status === 504) return 'timeout';
  return status >= 500 || status === 424 ? 'unavailable' : 'invalid';
}

/** `Retry-After` in seconds, or `x-amz-retry-after` in milliseconds. */
function retryAfterMs(headers: Record<string, string> | undefined): number | null {
  const milliseconds = Number(headers?.['x-amz-retry-after'] ?? Number.NaN);
  const seconds = Number(headers?.['retry-after'] ?? Number.NaN);
  const waitMs = Number.isFinite(milliseconds) ? milliseconds : seconds * 1_000;
  return Number.isFinite(waitMs) && waitMs >= 0 ? waitMs : null;
}

/** A copy: the SDK's own error drags the whole response along. */
function causeOf(error: SdkError, fault: ProviderFault, status: number | null): Error {
  const told = error.message.split('\n  Deserialization error:')[0] ?? '';
  const cause = new Error(
    fault === 'unauthorized' ? 'The words are withheld.' : told.slice(0, LONGEST_CAUSE),
  );
  cause.name = error.name;
  return Object.assign(cause, {
    httpStatus: status,
    code: error.code ?? null,
    requestId: error.$metadata?.requestId ?? null,
  });
}
