import { onTestFinished } from 'vitest';
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
import { isVoice, wordIn } from '../../../harness/spoken-text.ts';
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

export function messagesOf(request: RecordedRequest | undefined, path: string): RecordedMessage[] {
  const messages = (request?.messages ?? []) as RecordedMessage[];
  return messages.filter(message => message.path === path);
}
