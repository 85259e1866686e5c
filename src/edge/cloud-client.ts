import { ARCHIVE_PATH, type SendToArchive } from '../../runtime/edge/archive.ts';
import type { ConnectCloud } from '../../runtime/edge/cloud-link.ts';
import type { CallNews } from '../../runtime/edge/edge-call.ts';
import { newsPath, RELAY_PATH } from '../../runtime/edge/relay-messages.ts';
import type { Secret } from '../secret.ts';
import { AGENT_PATH } from './agent-config.ts';
import { openSocket } from './outbound-socket.ts';

const ANSWER_MS = 5_000;
/** The call is live there. */
const CONFLICT = 409;

/** What the edge asks of cloud nodes. Each is an origin. */
export interface CloudClient {
  connect: ConnectCloud;
  archive: SendToArchive;
  tell(cloud: string, callSid: string, news: CallNews): Promise<void>;
  agent(cloud: string, number: string, signal: AbortSignal): Promise<unknown>;
}

/** `secret`: EDGE_SECRET, the same on both sides. */
export function cloudClient(secret: Secret): CloudClient {
  const headers = { authorization: `Bearer ${secret.reveal()}` };

  async function post(url: string, body: unknown): Promise<number> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await response.body?.cancel();
    if (!response.ok && response.status !== CONFLICT)
      throw new Error(`${new URL(url).origin} answered ${response.status}`);
    return response.status;
  }

  return {
    connect: (cloud, { message, closed }) =>
      openSocket(cloud + RELAY_PATH, {
        headers,
        message: data => typeof data === 'string' && message(data),
        closed,
      }),
    archive: async (cloud, call) => (await post(cloud + ARCHIVE_PATH, call)) !== CONFLICT,
    async tell(cloud, callSid, news) {
      await post(cloud + newsPath(callSid), news);
    },
    async agent(cloud, number, signal) {
      const url = `${cloud}${AGENT_PATH}/${encodeURIComponent(number)}`;
      const response = await fetch(url, { headers, signal });
      if (!response.ok) throw new Error(`${cloud} answered ${response.status}`);
      return response.json();
    },
  };
}
