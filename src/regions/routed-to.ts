import type { HttpRoute } from '../../runtime/cloud/transport.ts';
import type { RegionName } from './cloud-regions.ts';

/** Header of an answer: the region that worked on the request, or that the call was sent to. */
export const ROUTED_TO = 'x-routed-to';

/** The same routes, whose answers tell the region where they were made. What a route says itself holds. */
export function toldFrom(region: RegionName | null, routes: readonly HttpRoute[]): HttpRoute[] {
  if (region === null) return [...routes];
  return routes.map(route => ({
    ...route,
    async handle(request) {
      const answer = await route.handle(request);
      return { ...answer, headers: { [ROUTED_TO]: region, ...answer.headers } };
    },
  }));
}
