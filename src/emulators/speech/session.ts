import type { Clock } from '../../../runtime/clock.ts';
import type { SpeechEmulatorOptions } from './emulator.ts';
import type { Output } from './output.ts';

export type Frame = string | Buffer;

/** What every session is opened with, whatever the service. */
export interface SessionOptions extends SpeechEmulatorOptions {
  clock: Clock;
  query: URLSearchParams;
  output: Output<Frame>;
  /** Closes the socket. */
  close(code: number, reason: string): void;
}
