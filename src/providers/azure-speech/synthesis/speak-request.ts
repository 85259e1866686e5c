import type { Clock } from '../../../../runtime/clock.ts';
import { ProviderError } from '../../../../runtime/provider-error.ts';
import { type AzureSpeechAccess, synthesisUrl } from '../access.ts';
import { faultOfStatus, problem } from '../fault.ts';
import { type AudioLimits, AudioQueue } from './audio-queue.ts';

/** One text over HTTP, streamed. Throws `ProviderError`; an aborted signal ends it, and the request with it. */
export async function* speakByRequest(
  { ssml, limits, clock, ...access }: AzureSpeechAccess & { ssml: string; clock: Clock; limits: AudioLimits },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  if (signal.aborted) return;
  const queue = new AudioQueue(clock, limits);
  const over = new AbortController();
  const onAbort = () => queue.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  void fill(access, ssml, queue, over.signal);
  try {
    yield* queue.read();
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}

async function fill(
  access: AzureSpeechAccess,
  ssml: string,
  queue: AudioQueue,
  signal: AbortSignal,
): Promise<void> {
  try {
    const response = await fetch(synthesisUrl(access), {
      method: 'POST',
      headers: {
        'ocp-apim-subscription-key': access.key.reveal(),
        'content-type': 'application/ssml+xml',
        'x-microsoft-outputformat': 'raw-8khz-8bit-mono-mulaw',
        'user-agent': 'aybiza',
      },
      body: ssml,
      signal,
    });
    if (!response.ok) throw refusalOf(response);
    const reader = response.body?.getReader();
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read())
      queue.push(read.value);
    queue.complete();
  } catch (error) {
    if (error instanceof ProviderError) queue.fail(error);
    else if (queue.bytes > 0) queue.fail(problem('broken', 'the audio broke off.'));
    else queue.fail(problem('unavailable', 'the request failed on its way.'));
  }
}

function refusalOf({ status, headers }: Response): ProviderError {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return problem(faultOfStatus(status), `the request was refused with HTTP ${status}.`, {
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
  });
}
