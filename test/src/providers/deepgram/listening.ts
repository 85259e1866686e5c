import { onTestFinished, vi } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import type { RecognitionStream } from '../../../../runtime/ports.ts';
import { type DeepgramEmulator, startDeepgramEmulator } from '../../../../src/emulators/deepgram/deepgram.ts';
import type { Fault } from '../../../../src/emulators/emulator.ts';
import { openDeepgramRecognition } from '../../../../src/providers/deepgram/recognition/open.ts';
import type { DeepgramRecognitionOptions } from '../../../../src/providers/deepgram/recognition/options.ts';
import { Secret } from '../../../../src/secret.ts';
import { isVoice, SILENCE, speak, wordIn } from '../../../harness/spoken-text.ts';
import { Heard } from '../streaming/heard.ts';

export const KEY = 'canary-9f2c7d41';

export interface Listening {
  clock: SimulatedClock;
  emulator: DeepgramEmulator;
  heard: Heard;
  stream: RecognitionStream;
}

/** A recogniser on an emulator, on a clock of their own; both go when the test does. */
export async function listen({
  faults = [],
  standing = null,
  phrases = [],
  ...options
}: Partial<DeepgramRecognitionOptions> & {
  faults?: Fault[];
  standing?: Fault | null;
  phrases?: readonly string[];
} = {}): Promise<Listening> {
  const clock = new SimulatedClock();
  const emulator = await startDeepgramEmulator({
    apiKey: KEY,
    clock,
    hear: frame => ({ isVoice: isVoice(frame), word: wordIn(frame) }),
  });
  emulator.nextFaults.push(...faults);
  emulator.standingFault = standing;
  const recognition = openDeepgramRecognition({
    apiKey: new Secret(KEY),
    baseUrl: emulator.url,
    clock,
    random: () => 0.5,
    ...options,
  });
  const heard = new Heard();
  const explain = (text: string) => void heard.explained.push(text);
  const stream = recognition.open({ callId: 'CA1', language: 'en-US', phrases, explain }, heard);
  onTestFinished(async () => {
    await recognition.close();
    await emulator.close();
  });
  return { clock, emulator, heard, stream };
}

/** Speaks and then is silent, with the hints of voice activity, leaving the network its turn now and then. */
export async function say(stream: RecognitionStream, text: string, silentFrames = 40): Promise<void> {
  stream.speechStarted();
  await write(stream, speak(text));
  await write(
    stream,
    Array.from({ length: 10 }, () => SILENCE),
  );
  stream.speechStopped();
  await write(
    stream,
    Array.from({ length: Math.max(0, silentFrames - 10) }, () => SILENCE),
  );
}

export async function write(stream: RecognitionStream, frames: readonly Uint8Array[]): Promise<void> {
  for (const [i, frame] of frames.entries()) {
    stream.write(frame);
    if (i % 5 === 4) await new Promise<void>(resolve => setImmediate(resolve));
  }
}

/** The n-th socket is open: the emulator has got its first audio. */
export async function connected({ emulator }: Listening, sockets = 1): Promise<void> {
  await vi.waitFor(
    () => {
      if (emulator.requests.length < sockets || emulator.openSockets === 0) throw new Error('not yet');
    },
    { timeout: 10_000, interval: 5 },
  );
}

export async function dialled({ emulator }: Listening, times: number): Promise<void> {
  await vi.waitFor(
    () => {
      if (emulator.requests.length < times) throw new Error(`${emulator.requests.length} of ${times}`);
    },
    { timeout: 10_000, interval: 5 },
  );
}
