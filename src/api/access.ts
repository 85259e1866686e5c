import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { isLocalRequest } from '../loopback.ts';
import type { Secret } from '../secret.ts';
import { errorResponse } from './json-response.ts';
import { isForeign } from './request-origin.ts';
import { sessionTokenOf } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

export interface ApiAccessOptions {
  /** Null: only this machine is let in, and only while the server has no public address. */
  apiKey: Secret | null;
  publicUrl: string | null;
  /** Browsers that have logged in. Default: none. */
  sessions?: Pick<Sessions, 'isOpen'>;
  /** Whoever came without the key may look, not act. Default false. */
  readOnly?: boolean;
}

/** Gives the refusal to answer with, or null. */
export type ApiAccess = (request: HttpRequest) => HttpResponse | null;

/** By what a request is let in. */
export type Identity = 'key' | 'session' | 'loopback' | 'none';

const BEARER = /^Bearer +(\S+) *$/i;

/** Who asks. A session counts for the pages of this server alone, whatever a browser sends along for others. */
export function identify(request: HttpRequest, { apiKey, publicUrl, sessions }: ApiAccessOptions): Identity {
  // Behind a proxy on this machine, strangers arrive from loopback; a public address hints at one.
  if (!apiKey) return publicUrl === null && isLocalRequest(request) ? 'loopback' : 'none';
  if (hasKey(request, apiKey)) return 'key';
  const token = sessionTokenOf(request);
  const isSession = token !== null && !isForeign(request, publicUrl) && (sessions?.isOpen(token) ?? false);
  return isSession ? 'session' : 'none';
}

/** Who may read calls through the HTTP API, and act on them. */
export function apiAccess(options: ApiAccessOptions): ApiAccess {
  return request => {
    const identity = identify(request, options);
    if (identity === 'none') return unauthorized(howToGetIn(options));
    if (options.readOnly && identity !== 'key' && request.method !== 'GET')
      return errorResponse(403, 'The console may look, not act (CONSOLE_READ_ONLY). Send the API key.');
    return null;
  };
}

/** As `apiAccess`, for WebSockets: browsers open them for any page, so no page from elsewhere is let in. */
export function upgradeAccess(options: ApiAccessOptions): ApiAccess {
  const access = apiAccess(options);
  return request => {
    if (identify(request, options) !== 'loopback' && isForeign(request, options.publicUrl))
      return errorResponse(403, 'Pages from elsewhere may not open this WebSocket.');
    return access(request);
  };
}

/** Who may change what costs money: only the key counts, on this machine too. */
export function keyedAccess(apiKey: Secret | null): ApiAccess {
  if (apiKey) return apiAccess({ apiKey, publicUrl: null });
  return () =>
    unauthorized(
      'Companies are administered with API_KEY alone. Set it on the server and send "Authorization: Bearer <API_KEY>".',
    );
}

function hasKey(request: HttpRequest, apiKey: Secret): boolean {
  const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
  return key !== undefined && apiKey.matches(key);
}

function howToGetIn({ apiKey, sessions }: ApiAccessOptions): string {
  if (apiKey)
    return sessions
      ? 'Send "Authorization: Bearer <API_KEY>", or log in at /login.'
      : 'Send "Authorization: Bearer <API_KEY>".';
  return (
    'Without API_KEY the API answers its own machine alone, and nobody when PUBLIC_URL is set. ' +
    'Set API_KEY on the server and send "Authorization: Bearer <API_KEY>".'
  );
}

function unauthorized(error: string): HttpResponse {
  return errorResponse(401, error, { 'www-authenticate': 'Bearer realm="aybiza"' });
}
