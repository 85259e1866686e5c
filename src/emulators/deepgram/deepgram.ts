import { randomUUID } from 'node:crypto';
import { type SpeechEmulator, type SpeechEmulatorOptions, withDefaults } from '../speech/emulator.ts';
import { startSpeechServer } from '../speech/server.ts';
import { runSocket } from '../speech/socket.ts';
import { openListenV1 } from './listen-v1.ts';
import { openListenV2 } from './listen-v2.ts';
import { refuse, refuseQuery } from './query.ts';
import { openSpeak } from './speak.ts';
import { answerSpeak } from './speak-rest.ts';
import { type DeepgramSession, type DeepgramSessionOptions, wire } from './wire.ts';

export interface DeepgramEmulatorOptions extends Partial<SpeechEmulatorOptions> {
  /** The only key that is let in. */
  apiKey: string;
}

export type DeepgramEmulator = SpeechEmulator;

const sessions: Record<string, (options: DeepgramSessionOptions) => DeepgramSession> = {
  '/v1/listen': openListenV1,
  '/v2/listen': openListenV2,
  '/v1/speak': openSpeak,
};

/** In Deepgram's words. */
const codes: Record<number, [code: string, message: string]> = {
  401: ['INVALID_AUTH', 'Invalid credentials.'],
  404: ['NOT_FOUND', 'No such path.'],
  429: ['TOO_MANY_REQUESTS', 'Too many requests.'],
  503: ['SERVICE_UNAVAILABLE', 'The service is unavailable.'],
};

/** Deepgram's `/v1/listen`, `/v2/listen` and `/v1/speak` (WebSocket), and `POST /v1/speak`, on a loopback port. */
export async function startDeepgramEmulator({
  apiKey,
  ...given
}: DeepgramEmulatorOptions): Promise<DeepgramEmulator> {
  const options = withDefaults(given, 'en');
  const { clock, transcripts } = options;
  const known = [`Token ${apiKey}`, `Bearer ${apiKey}`];
  return startSpeechServer({
    name: 'deepgram',
    clock,
    transcripts,
    isKeyKnown: ({ authorization = '' }) => known.includes(authorization),
    refusalOf(status, headers) {
      const [code, message] = codes[status] ?? ['UNKNOWN', 'Something went wrong.'];
      return refuse({ status, code, message }, headers);
    },
    check({ path, query }) {
      const refusal = refuseQuery(path, query);
      return refusal && refuse(refusal);
    },
    socketAt(path) {
      const open = sessions[path];
      if (!open) return null;
      return (ws, { recorded, fault }) =>
        void runSocket(ws, { clock, fault, recorded }, wire, joined =>
          open({ ...options, ...joined, query: recorded.query, requestId: randomUUID() }),
        );
    },
    requestAt(path, method) {
      if (path !== '/v1/speak' || method !== 'POST') return null;
      return (response, admitted) => answerSpeak(response, admitted, options);
    },
  });
}
