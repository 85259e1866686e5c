import { onTestFinished } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import type { RecognitionStream } from '../../../../runtime/ports.ts';
import { type DeepgramEmulator, startDeepgramEmulator } from '../../../../src/emulators/deepgram/deepgram.ts';
import type { Fault } from '../../../../src/emulators/emulator.ts';
import { openDeepgramRecognition } from '../../../../src/providers/deepgram/recognition/open.ts';
import type { DeepgramRecognitionOptions } from '../../../../src/providers/deepgram/recognition/options.ts';
import { Secret } from '../../../../src/secret.ts';
import { isVoice, wordIn } from '../../../harness/spoken-text.ts';
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
