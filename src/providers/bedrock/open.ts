import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { ListAsyncInvokesCommand } from '@aws-sdk/client-bedrock-runtime';
import { type Clock, systemClock } from '../../../runtime/clock.ts';
import { ProviderError } from '../../../runtime/provider-error.ts';
import type { ChatProvider } from '../../language/chat.ts';
import { type BedrockAccess, createClient } from './client.ts';
import { keepConnections } from './connections.ts';
import { toProviderError } from './faults.ts';
import { closed, streamTurn } from './stream-turn.ts';
import { within } from './within.ts';

export interface BedrockChatOptions extends BedrockAccess {
  /** Measures every limit. Default: the system's. */
  clock?: Clock;
  /** Asked where a request names no region. Default: the SDK's choice (`AWS_REGION`, profile). */
  region?: string;
}

export interface BedrockChat extends ChatProvider {
  /**
   * Fetches credentials and opens a connection to the region (null: the default one), so that the first turn waits for
   * neither. Asks for something small that costs nothing; any answer counts, a refusal of that question included. Throws
   * `ProviderError` when there is no answer in `limitMs` or the credentials are not known.
   */
  prewarm(region?: string | null, limitMs?: number): Promise<void>;
}

const PREWARM_LIMIT_MS = 5_000;

/** Claude on Amazon Bedrock, through ConverseStream. */
export function openBedrockChat(options: BedrockChatOptions = {}): BedrockChat {
  const clock = options.clock ?? systemClock;
  const connections = keepConnections();
  const clients = new Map<string | null, BedrockRuntimeClient>();
  const live = new Set<AbortController>();
  let isClosed = false;

  const clientFor = (region: string | null) => {
    const known = clients.get(region);
    if (known) return known;
    const client = createClient(options, region, connections.handler);
    clients.set(region, client);
    return client;
  };

  return {
    name: 'bedrock',
    async *stream(request, signal) {
      const region = request.region ?? options.region ?? null;
      if (isClosed) throw closed(region);
      yield* streamTurn({ request, region, signal, clock, connections, live, clientFor });
    },
    async prewarm(region = null, limitMs = PREWARM_LIMIT_MS) {
      const place = region ?? options.region ?? null;
      if (isClosed) throw closed(place);
      const request = new AbortController();
      live.add(request);
      try {
        const answer = askLittle(clientFor(place), place, request.signal);
        const outcome = await within(answer, clock.now() + limitMs, clock, request.signal);
        if (outcome === 'aborted') throw closed(place);
        if (outcome === 'late')
          throw new ProviderError('timeout', `no answer in ${limitMs} ms`, {
            provider: 'bedrock',
            region: place,
          });
      } finally {
        live.delete(request);
        request.abort();
      }
    },
    async close() {
      isClosed = true;
      for (const request of live) request.abort();
      for (const client of clients.values()) client.destroy();
      connections.close();
    },
  };
}

async function askLittle(
  client: BedrockRuntimeClient,
  region: string | null,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    await client.send(new ListAsyncInvokesCommand({ maxResults: 1 }), { abortSignal });
  } catch (error) {
    const answered = (error as { $response?: unknown }).$response !== undefined;
    const unknownKey = /^(?:UnrecognizedClient|InvalidSignature|ExpiredToken|MissingAuthenticationToken)/;
    if (!answered || unknownKey.test((error as Error).name)) throw toProviderError(error, region, false);
  }
}
