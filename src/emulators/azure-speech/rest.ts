import type { ServerResponse } from 'node:http';
import type { SpeechEmulatorOptions } from '../speech/emulator.ts';
import type { Admitted } from '../speech/server.ts';
import { answerWithAudio } from '../speech/sound.ts';
import { readSsml } from './ssml.ts';
import { MU_LAW_FORMAT } from './synthesise.ts';

/** `POST …/cognitiveservices/v1`: SSML in, chunked audio out. */
export function answerSynthesis(
  response: ServerResponse,
  { recorded, fault }: Admitted,
  { clock, voice, firstAudioDelayMs }: SpeechEmulatorOptions,
): void {
  const spoken = readSsml(typeof recorded.body === 'string' ? recorded.body : '');
  const { 'x-microsoft-outputformat': format, 'content-type': type = '' } = recorded.headers;
  if (!type.startsWith('application/ssml+xml')) return void response.writeHead(415).end();
  if (typeof spoken === 'string' || format !== MU_LAW_FORMAT) return void response.writeHead(400).end();
  answerWithAudio(response, { audio: voice(spoken.text) }, { clock, fault, firstAudioDelayMs });
}
