import type { HttpRequest, HttpResponse } from '../../runtime/cloud/transport.ts';
import { errorResponse } from '../api/json-response.ts';
import type { Secret } from '../secret.ts';

/** Gives the refusal to answer with, or null. */
export type EdgeAccess = (request: HttpRequest) => HttpResponse | null;

const BEARER = /^Bearer +(\S+) *$/i;

/** Lets in whoever knows EDGE_SECRET. */
export function edgeAccess(secret: Secret): EdgeAccess {
  return ({ headers }) => {
    const token = BEARER.exec(headers.authorization ?? '')?.[1];
    if (token !== undefined && secret.matches(token)) return null;
    return errorResponse(401, 'Send "Authorization: Bearer <EDGE_SECRET>".', {
      'www-authenticate': 'Bearer realm="aybiza edge"',
    });
  };
}
