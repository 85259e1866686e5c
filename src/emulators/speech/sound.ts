import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../runtime/clock.ts';
import type { Fault } from '../emulator.ts';
import { Output } from './output.ts';

/** 200 ms. */
const CHUNK_BYTES = 1_600;
const BYTES_PER_CHAR = 60 * 8;

/** 60 ms of sound for every character, never the same for two texts, always the same for one. */
export function toneOf(text: string): Uint8Array {
  const audio = new Uint8Array(text.length * BYTES_PER_CHAR);
  let seed = 2_166_136_261;
  for (let i = 0; i < text.length; i++) {
    seed = Math.imul(seed ^ text.charCodeAt(i), 16_777_619) >>> 0;
    for (let at = 0; at < BYTES_PER_CHAR; at++)
      audio[i * BYTES_PER_CHAR + at] = (seed >>> ((at % 4) * 8)) & 0xff;
  }
  return audio;
}

export function chunksOf(audio: Uint8Array): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < audio.length; at += CHUNK_BYTES)
    chunks.push(Buffer.from(audio.subarray(at, at + CHUNK_BYTES)));
  return chunks;
}

/** Answers a request with audio in chunks, as it is made, and with its fault. */
export function answerWithAudio(
  response: ServerResponse,
  { audio, headers = {} }: { audio: Uint8Array; headers?: Record<string, string> },
  { clock, fault, firstAudioDelayMs }: { clock: Clock; fault: Fault | null; firstAudioDelayMs: number },
): void {
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
    response.writeHead(200, { 'content-type': 'audio/basic', ...headers });
    response.flushHeaders();
    chunksOf(audio).forEach((chunk, i) => void output.push(chunk, i === 0 ? firstAudioDelayMs : 0));
    output.push(null);
  };
  if (fault?.kind !== 'stallBefore') begin();
  else if (fault.ms !== undefined) clock.setTimeout(begin, fault.ms);
}
