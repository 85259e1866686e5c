import { parentPort, workerData } from 'node:worker_threads';
import { type FliteVoice, runFlite } from './flite-program.ts';
import { toTelephoneVoice } from './telephone-voice.ts';

export interface SpeakRequest {
  id: number;
  voice: FliteVoice;
  text: string;
}

export type SpeakAnswer = { id: number; audio: Uint8Array } | { id: number; error: string };

const { program } = workerData as { program: WebAssembly.Module };

parentPort!.on('message', ({ id, voice, text }: SpeakRequest) => {
  try {
    const audio = toTelephoneVoice(runFlite(program, voice, text));
    parentPort!.postMessage({ id, audio } satisfies SpeakAnswer, [audio.buffer as ArrayBuffer]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    parentPort!.postMessage({ id, error: reason } satisfies SpeakAnswer);
  }
});
