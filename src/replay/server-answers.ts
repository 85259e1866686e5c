import type { z } from 'zod';
import type { Secret } from '../secret.ts';

const TIMEOUT_MS = 30_000;

/**
 * Asks for a path of the API; `form` is as much of the answer as is looked at. Null for what the server does not know.
 * Throws sentences that say what to do.
 */
export type AskServer = <Answer>(path: string, form: z.ZodType) => Promise<Answer | null>;

/** A running server's API, and its origin. */
export function askServer(serverUrl: string, apiKey: Secret | null): { origin: string; ask: AskServer } {
  if (!URL.canParse(serverUrl)) throw new Error('Write the server as http://127.0.0.1:8080.');
  const { origin } = new URL(serverUrl);

  async function ask<Answer>(path: string, form: z.ZodType): Promise<Answer | null> {
    const response = await fetch(new URL(path, origin), {
      headers: apiKey ? { authorization: `Bearer ${apiKey.reveal()}` } : {},
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => {
      throw new Error(`No server answers at ${origin}. Start it, or name another with --server.`);
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.status === 404) return null;
    if (!response.ok) {
      const { error } = (answer ?? {}) as { error?: string };
      throw new Error(`${origin} refuses: ${error ?? `status ${response.status}`}`);
    }
    if (!form.safeParse(answer).success)
      throw new Error(`${origin} answers, but not as this product does. Check --server.`);
    return answer as Answer;
  }
  return { origin, ask };
}
