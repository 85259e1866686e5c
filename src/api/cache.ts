import type { HttpRoute } from '../../runtime/cloud/transport.ts';
import type { CacheReport } from '../language/cache/response-cache.ts';
import type { ApiAccess } from './access.ts';
import { jsonResponse } from './json-response.ts';

export interface CacheRouteOptions {
  access: ApiAccess;
  /** Null when the cache is off. */
  report(): CacheReport | null;
}

/** How often the response cache answered on this node, what it saved, and what asking ahead took. */
export function cacheRoute({ access, report }: CacheRouteOptions): HttpRoute {
  return {
    method: 'GET',
    path: '/api/cache',
    handle: request => access(request) ?? jsonResponse(200, report() ?? { ttlS: 0, agents: [] }),
  };
}
