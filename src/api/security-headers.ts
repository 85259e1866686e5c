import type { HttpRoute } from '../../runtime/cloud/transport.ts';

/** For pages: nothing from elsewhere, nothing inline, in nobody's frame. `'self'` covers WebSockets. */
export const PAGE_POLICY = [
  "default-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** For data: if a browser took it for a page after all, it could do nothing. */
const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

const HEADERS = {
  'content-security-policy': DATA_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
};

/** The same routes, whose answers tell browsers what they may not do with them. What a route says itself holds. */
export function guarded(routes: readonly HttpRoute[]): HttpRoute[] {
  return routes.map(route => ({
    ...route,
    async handle(request) {
      const answer = await route.handle(request);
      return { ...answer, headers: { ...HEADERS, ...answer.headers } };
    },
  }));
}
