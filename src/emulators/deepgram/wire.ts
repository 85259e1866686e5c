import { readBody } from '../emulator.ts';
import type { SessionOptions } from '../speech/session.ts';
import type { SocketSession, Wire } from '../speech/socket.ts';

export interface DeepgramSessionOptions extends SessionOptions {
  requestId: string;
}

export interface DeepgramSession extends SocketSession {
  audio(bytes: Buffer): void;
  message(message: { type?: unknown } & Record<string, unknown>): void;
}

/** Text messages are JSON objects, binary ones audio. */
export const wire: Wire<DeepgramSession> = {
  garble: () => '{"type":"Results","channel":{"alternatives":"no',
  breakDown: { code: 1011, reason: 'NET-0000' },
  unreadable: { code: 1008, reason: 'DATA-0000' },
  idle: () => ({ code: 1011, reason: 'NET-0001' }),
  read(bytes, isBinary) {
    if (isBinary) return { kept: Buffer.from(bytes), handTo: session => session.audio(bytes) };
    const message = readBody(bytes.toString('utf8'));
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return null;
    return { kept: message, handTo: session => session.message(message as Record<string, unknown>) };
  },
};
