import type { KeptConnections } from '../../providers/openai-compatible/keep-alive-fetch.ts';

/** The platform keeps connections by itself. */
export function keepConnections(): KeptConnections {
  return { fetch: (input, init) => fetch(input, init), close() {} };
}
