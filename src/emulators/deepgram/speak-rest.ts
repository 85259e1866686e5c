import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { SpeechEmulatorOptions } from '../speech/emulator.ts';
import type { Admitted } from '../speech/server.ts';
import { answerWithAudio } from '../speech/sound.ts';
import { MAX_SPEAK_CHARS } from './speak.ts';

/** `POST /v1/speak`: chunked audio, as it is made. */
export function answerSpeak(
  response: ServerResponse,
  { recorded, fault }: Admitted,
  { clock, voice, firstAudioDelayMs }: SpeechEmulatorOptions,
): void {
  const text = (recorded.body as { text?: unknown } | null)?.text;
  if (typeof text !== 'string' || text === '' || text.length > MAX_SPEAK_CHARS) {
    const status = typeof text === 'string' && text.length > MAX_SPEAK_CHARS ? 413 : 400;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ err_code: 'INVALID_TEXT', err_msg: 'Text is missing or too long.' }));
    return;
  }
  const headers = {
    'dg-request-id': randomUUID(),
    'dg-model-name': recorded.query.get('model') ?? '',
    'dg-char-count': String(text.length),
  };
  answerWithAudio(response, { audio: voice(text), headers }, { clock, fault, firstAudioDelayMs });
}
