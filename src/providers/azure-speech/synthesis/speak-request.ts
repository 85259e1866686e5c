import { ProviderError } from '../../../../runtime/provider-error.ts';
import { type AudioQueue, type AudioQueueOptions, readWhileFilled } from '../../streaming/audio-queue.ts';
import { faultOfStatus, isText, retryAfterMs } from '../../streaming/fault.ts';
import { type AzureSpeechAccess, synthesisUrl } from '../access.ts';
import { problem } from '../fault.ts';

/** One text over HTTP, streamed. Throws `ProviderError`; an aborted signal ends it, and the request with it. */
export function speakByRequest(
  access: AzureSpeechAccess,
  { ssml, audio }: { ssml: string; audio: AudioQueueOptions },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  return readWhileFilled(audio, (queue, over) => fill(access, ssml, queue, over), signal);
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
    if (isText(response.headers.get('content-type'))) throw problem('broken', 'the answer is no sound.');
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
  return problem(faultOfStatus(status), `the request was refused with HTTP ${status}.`, {
    retryAfterMs: retryAfterMs(headers.get('retry-after')),
  });
}
