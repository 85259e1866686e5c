import { signal } from '@preact/signals';
import type { SessionAnswer } from './types.ts';

/** Null until the server has said. */
export const session = signal<SessionAnswer | null>(null);

/** The server does not know us any more. */
export function forgetSession(): void {
  const { readOnly = true, canLogIn = true, version = '' } = session.value ?? {};
  session.value = { access: 'none', readOnly, canLogIn, version };
}
