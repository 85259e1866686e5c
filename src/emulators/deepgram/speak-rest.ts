import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../runtime/clock.ts';
import type { Fault, RecordedRequest } from '../emulator.ts';
import { Output } from '../speech/output.ts';
import { chunksOf, MAX_SPEAK_CHARS } from './speak.ts';

/** `POST /v1/speak`: chunked audio, as it is made. */
export function answerSpeak({
  recorded,
  response,
  fault,
  clock,
  voice,
  firstAudioDelayMs,
}: {
  recorded: RecordedRequest;
  response: ServerResponse;
  fault: Fault | null;
  clock: Clock;
  voice: (text: string) => Uint8Array;
  firstAudioDelayMs: number;
}): void {
  const text = (recorded.body as { text?: unknown } | null)?.text;
  if (typeof text !== 'string' || text === '' || text.length > MAX_SPEAK_CHARS) {
    const status = typeof text === 'string' && text.length > MAX_SPEAK_CHARS ? 413 : 400;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ err_code: 'INVALID_TEXT', err_msg: 'Text is missing or too long.' }));
    return;
  }

  const output = new Output<Buffer | null>({
    clock,
    fault,
    send: chunk => void (chunk ? response.write(chunk) : response.end()),
    cut: () => response.destroy(),
    breakDown: () => response.destroy(),
    garble: chunk => chunk,
  });
  response.once('close', () => output.end());

  const begin = () => {
    response.writeHead(200, {
      'content-type': 'audio/basic',
      'dg-request-id': randomUUID(),
      'dg-model-name': recorded.query.get('model') ?? '',
      'dg-char-count': String(text.length),
    });
    response.flushHeaders();
    chunksOf(voice(text)).forEach((chunk, i) => void output.push(chunk, i === 0 ? firstAudioDelayMs : 0));
    output.push(null);
  };
  if (fault?.kind !== 'stallBefore') begin();
  else if (fault.ms !== undefined) clock.setTimeout(begin, fault.ms);
}
