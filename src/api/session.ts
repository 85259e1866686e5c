import { z } from 'zod';
import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import type { SessionAnswer } from '../console/protocol.ts';
import type { Log } from '../storage/log.ts';
import { VERSION } from '../version.ts';
import { type ApiAccessOptions, identify } from './access.ts';
import { readBody } from './json-body.ts';
import { errorResponse, jsonResponse } from './json-response.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { isForeign } from './request-origin.ts';
import { expiredCookie, sessionCookie, sessionTokenOf } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

export interface SessionRoutesOptions extends ApiAccessOptions {
  sessions: Sessions;
  throttle: LoginThrottle;
  log: Pick<Log, 'warn'>;
}

const login = z.object({ key: z.string().max(1_000) });

/** How a browser gets in: it shows the key once, and keeps a cookie that no script can read. */
export function sessionRoutes(options: SessionRoutesOptions): HttpRoute[] {
  const { apiKey, publicUrl, sessions, throttle, log } = options;
  const isSecure = publicUrl?.startsWith('https:') ?? false;

  function answer(access: SessionAnswer['access'], headers: Record<string, string> = {}): HttpResponse {
    const readOnly = (options.readOnly ?? false) && access !== 'key';
    const told: SessionAnswer = { access, readOnly, canLogIn: apiKey !== null, version: VERSION };
    return jsonResponse(200, told, headers);
  }

  function logIn(request: HttpRequest): HttpResponse {
    if (isForeign(request, publicUrl)) return errorResponse(403, 'Log in from a page of this server.');
    if (!apiKey) return errorResponse(409, 'Nobody can log in: set API_KEY on the server, and restart it.');
    const waitS = throttle.waitS(request.remoteAddress);
    if (waitS > 0)
      return errorResponse(429, `Too many wrong keys. Try again in ${waitS} s.`, {
        'retry-after': String(waitS),
      });

    const read = readBody(request, login, '{"key": "the API_KEY of the server"}');
    if ('refuse' in read) return read.refuse;
    if (!apiKey.matches(read.body.key)) {
      throttle.failed(request.remoteAddress);
      log.warn({ remoteAddress: request.remoteAddress }, 'Somebody tried to log in with a wrong key.');
      return errorResponse(401, 'That is not the API_KEY of this server.');
    }
    throttle.succeeded(request.remoteAddress);
    closeOf(request);
    return answer('session', { 'set-cookie': sessionCookie(sessions.open(), isSecure) });
  }

  function logOut(request: HttpRequest): HttpResponse {
    if (isForeign(request, publicUrl)) return errorResponse(403, 'Log out from a page of this server.');
    closeOf(request);
    return { status: 204, headers: { 'set-cookie': expiredCookie(isSecure), 'cache-control': 'no-store' } };
  }

  function closeOf(request: HttpRequest): void {
    const token = sessionTokenOf(request);
    if (token !== null) sessions.close(token);
  }

  return [
    { method: 'GET', path: '/api/session', handle: request => answer(identify(request, options)) },
    { method: 'POST', path: '/api/session', handle: logIn },
    { method: 'DELETE', path: '/api/session', handle: logOut },
  ];
}
