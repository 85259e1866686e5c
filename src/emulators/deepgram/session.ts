import type { Clock } from '../../../runtime/clock.ts';
import type { Hear } from '../speech/hearing.ts';
import type { Output } from '../speech/output.ts';

export interface SessionOptions {
  clock: Clock;
  query: URLSearchParams;
  hear: Hear;
  /** What is heard when `hear` knows of voices only. Taken one by one. */
  transcripts: string[];
  language: string;
  requestId: string;
  voice: (text: string) => Uint8Array;
  firstAudioDelayMs: number;
  output: Output<string | Buffer>;
  /** Closes the socket. */
  close(code: number, reason: string): void;
}

/** One socket's side of the conversation. */
export interface SocketSession {
  /** Without a message for so long, the socket is closed with 1011 and NET-0001. */
  idleLimitMs: number | null;
  audio(bytes: Buffer): void;
  message(message: { type?: unknown } & Record<string, unknown>): void;
}
