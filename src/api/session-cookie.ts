import type { HttpRequest } from '../../runtime/cloud/transport.ts';

/** With `__Host-`, browsers take the cookie from this very host over https alone. */
const NAMES = { secure: '__Host-aybiza', plain: 'aybiza' };
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** The session that a request claims to be of, or null. */
export function sessionTokenOf({ headers }: HttpRequest): string | null {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const [name = '', value = ''] = pair.trim().split('=');
    if ((name === NAMES.secure || name === NAMES.plain) && TOKEN.test(value)) return value;
  }
  return null;
}

/** Lasts as long as the browser is open; how long it counts, the server decides. */
export function sessionCookie(token: string, isSecure: boolean): string {
  return cookie(token, isSecure);
}

export function expiredCookie(isSecure: boolean): string {
  return `${cookie('', isSecure)}; Max-Age=0`;
}

function cookie(value: string, isSecure: boolean): string {
  const name = isSecure ? NAMES.secure : NAMES.plain;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
