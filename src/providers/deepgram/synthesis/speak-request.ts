import type { DeepgramClient } from '@deepgram/sdk';
import { type AudioQueue, type AudioQueueOptions, readWhileFilled } from '../../streaming/audio-queue.ts';
import { isText } from '../../streaming/fault.ts';
import { errorOfRequest, problem } from '../fault.ts';

/** The SDK's own limit runs on real time; it only sweeps up behind ours. */
const SDK_TIMEOUT_S = 60;

interface Asked {
  model: string;
  text: string;
  retention: { mip_opt_out?: true };
}

/** One sentence over HTTP, streamed. Throws `ProviderError`; an aborted signal ends it, and the request with it. */
export function speakByRequest(
  client: DeepgramClient,
  { audio, ...asked }: Asked & { audio: AudioQueueOptions },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  return readWhileFilled(audio, (queue, over) => fill(client, asked, queue, over), signal);
}

async function fill(
  client: DeepgramClient,
  { text, model, retention }: Asked,
  queue: AudioQueue,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    const { data: response, rawResponse } = await client.speak.v1.audio
      .generate(
        { text, model, encoding: 'mulaw', sample_rate: 8_000, container: 'none', ...retention },
        { abortSignal, maxRetries: 0, timeoutInSeconds: SDK_TIMEOUT_S },
      )
      .withRawResponse();
    if (isText(rawResponse.headers.get('content-type'))) throw problem('broken', 'the answer is no sound.');
    const reader = response.stream()?.getReader();
    // The SDK does not carry the abort into a body that has begun.
    abortSignal.addEventListener('abort', () => void reader?.cancel().catch(() => {}), { once: true });
    for (;;) {
      const read = await reader?.read();
      if (!read || read.done) break;
      queue.push(read.value);
    }
    queue.complete();
  } catch (error) {
    queue.fail(queue.bytes > 0 ? problem('broken', 'the audio broke off.') : errorOfRequest(error));
  }
}
