import { vi } from 'vitest';
import type { RecognitionStream } from '../../../../runtime/ports.ts';
import type { SpeechEmulator } from '../../../../src/emulators/speech/emulator.ts';
import { SILENCE, speak } from '../../../harness/spoken-text.ts';

const WAIT = { timeout: 10_000, interval: 5 };

/** Speaks and then is silent, with the hints of voice activity, leaving the network its turn now and then. */
export async function say(stream: RecognitionStream, text: string, silentFrames = 40): Promise<void> {
  stream.speechStarted();
  await write(stream, speak(text));
  await write(stream, silence(10));
  stream.speechStopped();
  await write(stream, silence(Math.max(0, silentFrames - 10)));
}

export async function write(stream: RecognitionStream, frames: readonly Uint8Array[]): Promise<void> {
  for (const [i, frame] of frames.entries()) {
    stream.write(frame);
    if (i % 5 === 4) await new Promise<void>(resolve => setImmediate(resolve));
  }
}

export function silence(frames: number): Buffer[] {
  return Array.from({ length: frames }, () => SILENCE);
}

/** The n-th socket is open. */
export async function connected({ emulator }: { emulator: SpeechEmulator }, sockets = 1): Promise<void> {
  await vi.waitFor(() => {
    if (emulator.requests.length < sockets || emulator.openSockets === 0) throw new Error('not yet');
  }, WAIT);
}

export async function dialled({ emulator }: { emulator: SpeechEmulator }, times: number): Promise<void> {
  await vi.waitFor(() => {
    if (emulator.requests.length < times) throw new Error(`${emulator.requests.length} of ${times}`);
  }, WAIT);
}
