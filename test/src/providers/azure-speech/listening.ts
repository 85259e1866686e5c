import { onTestFinished, vi } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import type { RecognitionStream } from '../../../../runtime/ports.ts';
import {
  type AzureSpeechEmulator,
  type AzureSpeechEmulatorOptions,
  startAzureSpeechEmulator,
} from '../../../../src/emulators/azure-speech/azure-speech.ts';
import type { RecordedMessage } from '../../../../src/emulators/azure-speech/wire.ts';
import type { Fault, RecordedRequest } from '../../../../src/emulators/emulator.ts';
import { openAzureSpeechRecognition } from '../../../../src/providers/azure-speech/recognition/open.ts';
import type { AzureSpeechRecognitionOptions } from '../../../../src/providers/azure-speech/recognition/options.ts';
import { Secret } from '../../../../src/secret.ts';
import { isVoice, SILENCE, speak, wordIn } from '../../../harness/spoken-text.ts';
import { Heard } from '../streaming/heard.ts';

export const KEY = 'canary-5b1e90a7';

export interface Listening {
  clock: SimulatedClock;
  emulator: AzureSpeechEmulator;
  heard: Heard;
  stream: RecognitionStream;
}

/** A recogniser on an emulator, on a clock of their own; both go when the test does. */
export async function listen({
  faults = [],
  standing = null,
  phrases = [],
  emulated = {},
  ...options
}: Partial<AzureSpeechRecognitionOptions> & {
  faults?: Fault[];
  standing?: Fault | null;
  phrases?: readonly string[];
  emulated?: Partial<AzureSpeechEmulatorOptions>;
} = {}): Promise<Listening> {
  const clock = new SimulatedClock();
  const emulator = await startAzureSpeechEmulator({
    key: KEY,
    clock,
    hear: frame => ({ isVoice: isVoice(frame), word: wordIn(frame) }),
    ...emulated,
  });
  emulator.nextFaults.push(...faults);
  emulator.standingFault = standing;
  const recognition = openAzureSpeechRecognition({
    key: new Secret(KEY),
    region: 'eastus',
    endpoint: emulator.url,
    clock,
    random: () => 0.5,
    // Of simulated time, which runs ahead of the network.
    connectTimeoutMs: 3_600_000,
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

export function messagesOf(request: RecordedRequest | undefined, path: string): RecordedMessage[] {
  const messages = (request?.messages ?? []) as RecordedMessage[];
  return messages.filter(message => message.path === path);
}
