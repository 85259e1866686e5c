export type StorageErrorCode = 'DATABASE_UNREACHABLE' | 'REDIS_UNREACHABLE' | 'DATA_FOLDER_IN_USE';

/** Storage cannot be opened. The message says which setting to change and never holds a password. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string) {
    super(message);
    this.name = 'StorageError';
    this.code = code;
  }
}

const UNREADABLE = 'an address that is not a URL (are special characters in the password percent-encoded?)';

/** The part of a connection URL that may be shown. */
export function describeUrl(url: string): string {
  try {
    const { protocol, username, password, hostname, port, pathname } = new URL(url);
    // An unescaped `/` or `#` in the password ends the host early, and what looks like a port is the password.
    if (url.includes('@') && !username && !password) return UNREADABLE;
    return `${protocol}//${hostname}${port && `:${port}`}${pathname}`;
  } catch {
    return UNREADABLE;
  }
}

/** What a driver said, without the URL's secrets. Drivers put the whole URL into some of their messages. */
export function describeFailure(error: unknown, url: string): string {
  const { message, code } = error as { message?: string; code?: string };
  // Node reports a refused `localhost` as an AggregateError with an empty message.
  const text = [message, code].filter(part => part).join(', ') || String(error);
  return secretsOf(url).reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

function secretsOf(url: string): string[] {
  const credentials = /^[^:]*:\/\/(.*)@/.exec(url)?.[1];
  const password = credentials?.slice(credentials.indexOf(':') + 1);
  const inQuery = [...url.matchAll(/[?&]password=([^&]*)/g)].map(match => match[1]!);
  return [url, credentials, password, ...inQuery].flatMap(secret =>
    secret ? [secret, decoded(secret)] : [],
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
