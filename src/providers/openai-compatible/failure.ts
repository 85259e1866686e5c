import { APIConnectionTimeoutError, APIError } from 'openai';
import type { Clock } from '../../../runtime/clock.ts';
import { ProviderError, type ProviderFault } from '../../../runtime/provider-error.ts';

export interface Whose {
  provider: string;
  region: string | null;
}

const FAULTS: Record<number, ProviderFault> = {
  400: 'invalid',
  401: 'unauthorized',
  // No credit left: every other try with this key would fail, too.
  402: 'unauthorized',
  403: 'unauthorized',
  // No such model or deployment, or none that meets the routing's conditions: another model may be there.
  404: 'notReady',
  408: 'timeout',
  413: 'invalid',
  422: 'invalid',
  429: 'throttled',
  504: 'timeout',
  // Cloudflare's: the origin took too long.
  524: 'timeout',
};

const FAULTS_BY_NAME: Record<string, ProviderFault> = {
  rate_limit_exceeded: 'throttled',
  insufficient_quota: 'unauthorized',
  invalid_api_key: 'unauthorized',
  content_filter: 'invalid',
  context_length_exceeded: 'invalid',
  timeout: 'timeout',
};

/**
 * What the SDK threw, as a ProviderError. Neither the upstream's sentence nor the error itself goes along: providers quote
 * the key in a 401 and the caller's words in a moderation error or in one about unreadable JSON.
 */
export function toProviderError(error: unknown, whose: Whose, clock: Clock): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof APIConnectionTimeoutError)
    return new ProviderError('timeout', 'no connection in time', whose);
  if (error instanceof APIError && isAnswer(error)) return fromAnswer(error, whose, clock);
  if (error instanceof APIError)
    return new ProviderError('unavailable', `no connection${codeOf(error.cause)}`, whose);
  if (error instanceof SyntaxError)
    return new ProviderError('broken', 'an event of the stream cannot be read', whose);
  return new ProviderError('broken', `the stream broke off${codeOf(error)}`, whose);
}

/** An answer with a status, or an error that came as a chunk of a stream. */
function isAnswer(error: APIError): boolean {
  return error.status !== undefined || error.error !== undefined;
}

function fromAnswer(error: APIError, whose: Whose, clock: Clock): ProviderError {
  const { status, headers } = error;
  // OpenRouter's codes are statuses, as numbers; OpenAI's are names.
  const code = (error.error as { code?: unknown } | undefined)?.code;
  const number = status ?? (typeof code === 'number' ? code : Number.NaN);
  const where = status === undefined ? 'the model failed in the middle of the stream' : `answered ${status}`;
  return new ProviderError(faultOf(error, number, code), `${where}${nameOf(status, code)}`, {
    ...whose,
    retryAfterMs: status === 429 || status === 503 ? retryAfterMs(headers, clock) : null,
  });
}

function faultOf(error: APIError, status: number, code: unknown): ProviderFault {
  if (status === 403 && isModeration(error)) return 'invalid';
  const named = typeof code === 'string' ? FAULTS_BY_NAME[code] : undefined;
  if (named && !(status >= 500)) return named;
  return FAULTS[status] ?? (status >= 400 && status < 500 ? 'unknown' : 'unavailable');
}

/** OpenRouter answers 403 to words that a moderated model refuses, and says which. */
function isModeration(error: APIError): boolean {
  const { metadata } = (error.error ?? {}) as { metadata?: object };
  return metadata !== undefined && metadata !== null && 'flagged_input' in metadata;
}

/** Codes are the provider's own short words; anything longer could be a sentence with a secret in it. */
function nameOf(status: number | undefined, code: unknown): string {
  if (code === status || code === null || code === undefined) return '';
  return /^[\w.-]{1,40}$/.test(String(code)) && !String(code).startsWith('sk-') ? ` (${code})` : '';
}

function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code)) return ` (${code})`;
  return cause ? codeOf(cause) : '';
}

/** Seconds or a date in `retry-after`, milliseconds in Azure's `retry-after-ms`. */
function retryAfterMs(headers: Headers | undefined, clock: Clock): number | null {
  const exact = headers?.get('retry-after-ms');
  if (exact && Number.isFinite(Number(exact))) return Math.max(0, Number(exact));

  const given = headers?.get('retry-after');
  if (!given) return null;
  if (Number.isFinite(Number(given))) return Math.max(0, Number(given) * 1_000);
  const date = Date.parse(given);
  return Number.isNaN(date) ? null : Math.max(0, date - clock.wallTime());
}
