import { DeepgramClient } from '@deepgram/sdk';
import type { Secret } from '../../secret.ts';

export interface DeepgramAccess {
  apiKey: Secret;
  /** Another host than `https://api.deepgram.com`: a region's, one's own installation, an emulator. */
  baseUrl?: string;
}

/** The SDK, without retries and reconnections of its own: it would lose audio over them. */
export function openClient({ apiKey, baseUrl }: DeepgramAccess): DeepgramClient {
  return new DeepgramClient({
    apiKey: apiKey.reveal(),
    maxRetries: 0,
    reconnect: false,
    ...(baseUrl ? { environment: environmentOf(baseUrl) } : {}),
  });
}

function environmentOf(baseUrl: string) {
  const http = baseUrl.replace(/\/+$/, '');
  const webSocket = http.replace(/^http/, 'ws');
  return { base: http, production: webSocket, agent: webSocket, agentRest: http };
}
