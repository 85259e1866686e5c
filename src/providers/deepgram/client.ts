import { DeepgramClient } from '@deepgram/sdk';
import type { Secret } from '../../secret.ts';

export interface DeepgramAccess {
  apiKey: Secret;
  /** Another host than `https://api.deepgram.com`: a region's, one's own installation, an emulator. */
  baseUrl?: string;
  /**
   * Keeps Deepgram from keeping what it is sent to improve its models, which it does outside the region, too.
   * (developers.deepgram.com/trust-security/your-data) Default false.
   */
  keepsNothing?: boolean;
}

/** What every request says of that. */
export function retentionOf({ keepsNothing }: Pick<DeepgramAccess, 'keepsNothing'>): { mip_opt_out?: true } {
  return keepsNothing ? { mip_opt_out: true } : {};
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
