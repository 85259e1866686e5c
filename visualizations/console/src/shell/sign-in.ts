import { api, ask } from './api.ts';
import { session } from './session.ts';
import type { SessionAnswer } from './types.ts';

/** Asks the server who we are. When it cannot be reached, the pages say so themselves. */
export async function loadSession(): Promise<void> {
  try {
    session.value = await api<SessionAnswer>('/api/session');
  } catch {}
}

/** Trades the key for a cookie that pages cannot read. Throws the server's refusal. */
export async function signIn(key: string): Promise<void> {
  await ask('/api/session', { method: 'POST', body: { key } });
  session.value = await api<SessionAnswer>('/api/session');
}

export async function signOut(): Promise<void> {
  await ask('/api/session', { method: 'DELETE' });
  session.value = await api<SessionAnswer>('/api/session');
}
