import type { HttpRequest } from '../../runtime/cloud/transport.ts';

/**
 * True when a page of another origin made the request. Browsers name the page's origin in every POST and every upgrade;
 * what is no browser names none.
 */
export function isForeign({ headers }: HttpRequest, publicUrl: string | null): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] === 'cross-site';
  if (origin === publicUrl) return false;
  return !URL.canParse(origin) || host === undefined || new URL(origin).host !== host.toLowerCase();
}

/** The origin under which whoever asks knows this server. */
export function originOf({ headers }: HttpRequest, publicUrl: string | null, otherwise: string): string {
  const { origin, host } = headers;
  if (origin !== undefined && URL.canParse(origin) && new URL(origin).host === host) return origin;
  return publicUrl ?? (host === undefined ? otherwise : `http://${host}`);
}
