import type { Clock } from '../../../runtime/clock.ts';
import type { Hear } from '../speech/hearing.ts';
import type { Output } from '../speech/output.ts';
import type { SpeechMessage } from './framing.ts';

export type Frame = string | Buffer;

export interface SessionOptions {
  clock: Clock;
  query: URLSearchParams;
  hear: Hear;
  /** What is heard when `hear` knows of voices only. Taken one by one. */
  transcripts: string[];
  /** What is heard where the client lets the language be detected. */
  language: string;
  initialSilenceMs: number;
  voice: (text: string) => Uint8Array;
  firstAudioDelayMs: number;
  output: Output<Frame>;
  /** Closes the socket. */
  close(code: number, reason: string): void;
}

/** One socket's side of the conversation. */
export interface SpeechSession {
  /** Without a message for so long, the socket is closed with 1000, which the SDK takes for no failure. */
  idleLimitMs: number | null;
  message(message: SpeechMessage): void;
  /** Ends the turn from the service's side; the client begins another. */
  endTurn(): void;
}
