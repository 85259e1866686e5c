import { readBody } from '../emulator.ts';
import type { SessionOptions } from '../speech/session.ts';
import type { SocketSession, Wire } from '../speech/socket.ts';
import { garble, readBinaryFrame, readTextFrame, type SpeechMessage } from './framing.ts';

export interface AzureSessionOptions extends SessionOptions {
  initialSilenceMs: number;
}

export interface AzureSession extends SocketSession {
  message(message: SpeechMessage): void;
  /** Ends the turn from the service's side; the client begins another. */
  endTurn(): void;
}

/** A message as it is kept for assertions. */
export interface RecordedMessage {
  path: string;
  requestId: string;
  /** JSON where it is JSON, else text; audio as its bytes; null where there is none. */
  body: unknown;
}

/** The Speech protocol. An idle socket is closed with 1000, which the SDK takes for no failure. */
export const wire: Wire<AzureSession> = {
  garble,
  breakDown: { code: 1011, reason: 'Internal server error.' },
  unreadable: { code: 1007, reason: 'The message could not be read.' },
  idle: limitMs => ({
    code: 1000,
    reason: `Exceeded maximum websocket connection idle duration(> ${limitMs}ms)`,
  }),
  read(bytes, isBinary) {
    const message = isBinary ? readBinaryFrame(bytes) : readTextFrame(bytes.toString('utf8'));
    if (!message) return null;
    const { path, requestId, text } = message;
    const kept: RecordedMessage = {
      path,
      requestId,
      body: isBinary ? message.bytes : readBody(text ?? ''),
    };
    return { kept, handTo: session => session.message(message) };
  },
};
