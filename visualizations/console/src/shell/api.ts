import { navigate } from './router.ts';
import { forgetSession } from './session.ts';

/** The server did not do what was asked. `message` is a sentence for people that says what to do. */
export class ApiError extends Error {
  /** Of HTTP; 0 when the server could not be reached. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

interface AskOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

/**
 * Asks the product's own API. Throws an ApiError with the server's sentence; who has no session any more is taken to
 * the login page and comes back afterwards.
 */
export async function api<T>(path: string, options: AskOptions = {}): Promise<T> {
  return (await ask(path, options)).json() as Promise<T>;
}

/** As `api`, for a picture. */
export async function apiText(path: string, options: AskOptions = {}): Promise<string> {
  return (await ask(path, options)).text();
}

export async function ask(
  path: string,
  { method = 'GET', body, signal }: AskOptions = {},
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, 'The server cannot be reached. Check that it runs and that you are connected.');
  }
  if (response.ok) return response;

  const isLogin = path === '/api/session';
  if (response.status === 401 && !isLogin) {
    forgetSession();
    const here = location.pathname + location.search;
    if (location.pathname !== '/login')
      navigate(`/login?next=${encodeURIComponent(here)}`, { replace: true });
  }
  throw new ApiError(response.status, await complaint(response));
}

async function complaint(response: Response): Promise<string> {
  try {
    const { error } = (await response.clone().json()) as { error?: unknown };
    if (typeof error === 'string' && error !== '') return error;
  } catch {}
  return `The server answered ${response.status}${response.statusText && ` (${response.statusText})`}.`;
}
