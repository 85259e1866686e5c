import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { isLocalRequest } from '../loopback.ts';
import type { Secret } from '../secret.ts';
import { errorResponse } from './json-response.ts';

export interface ApiAccessOptions {
  /** Null: only this machine is let in, and only while the server has no public address. */
  apiKey: Secret | null;
  publicUrl: string | null;
}

/** Gives the refusal to answer with, or null. */
export type ApiAccess = (request: HttpRequest) => HttpResponse | null;

const BEARER = /^Bearer +(\S+) *$/i;

/** Who may read calls through the HTTP API. */
export function apiAccess({ apiKey, publicUrl }: ApiAccessOptions): ApiAccess {
  if (apiKey)
    return request =>
      hasKey(request, apiKey) ? null : unauthorized('Send "Authorization: Bearer <API_KEY>".');

  // Behind a proxy on this machine, strangers arrive from loopback; a public address hints at one.
  return request =>
    publicUrl === null && isLocalRequest(request)
      ? null
      : unauthorized(
          'Without API_KEY the API answers its own machine alone, and nobody when PUBLIC_URL is set. ' +
            'Set API_KEY on the server and send "Authorization: Bearer <API_KEY>".',
        );
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

function unauthorized(error: string): HttpResponse {
  return errorResponse(401, error, { 'www-authenticate': 'Bearer realm="aybiza"' });
}
