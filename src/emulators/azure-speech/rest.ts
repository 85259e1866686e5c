import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../runtime/clock.ts';
import { chunksOf } from '../deepgram/speak.ts';
import type { Fault, RecordedRequest } from '../emulator.ts';
import { Output } from '../speech/output.ts';
import { readSsml } from './ssml.ts';
import { MU_LAW_FORMAT } from './synthesise.ts';

/** `POST …/cognitiveservices/v1`: SSML in, chunked audio out. */
export function answerSynthesis({
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
  const spoken = readSsml(typeof recorded.body === 'string' ? recorded.body : '');
  const { 'x-microsoft-outputformat': format, 'content-type': type = '' } = recorded.headers;
  if (!type.startsWith('application/ssml+xml')) return void response.writeHead(415).end();
  if (typeof spoken === 'string' || format !== MU_LAW_FORMAT) return void response.writeHead(400).end();

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
    response.writeHead(200, { 'content-type': 'audio/basic' });
    response.flushHeaders();
    chunksOf(voice(spoken.text)).forEach(
      (chunk, i) => void output.push(chunk, i === 0 ? firstAudioDelayMs : 0),
    );
    output.push(null);
  };
  if (fault?.kind !== 'stallBefore') begin();
  else if (fault.ms !== undefined) clock.setTimeout(begin, fault.ms);
}
