import type { DeepgramClient } from '@deepgram/sdk';
import type { Clock } from '../../../../runtime/clock.ts';
import { errorOfRequest, problem } from '../fault.ts';
import { type AudioLimits, AudioQueue } from './audio-queue.ts';

/** The SDK's own limit runs on real time; it only sweeps up behind ours. */
const SDK_TIMEOUT_S = 60;

/** One sentence over HTTP, streamed. Throws `ProviderError`; an aborted signal ends it, and the request with it. */
export async function* speakByRequest(
  client: DeepgramClient,
  { model, text, clock, limits }: { model: string; text: string; clock: Clock; limits: AudioLimits },
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const queue = new AudioQueue(clock, limits);
  const over = new AbortController();
  const onAbort = () => queue.end('aborted');
  if (signal.aborted) return;
  signal.addEventListener('abort', onAbort, { once: true });
  void fill(client, model, text, queue, over.signal);
  try {
    yield* queue.read();
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}

async function fill(
  client: DeepgramClient,
  model: string,
  text: string,
  queue: AudioQueue,
  abortSignal: AbortSignal,
): Promise<void> {
  try {
    const response = await client.speak.v1.audio.generate(
      { text, model, encoding: 'mulaw', sample_rate: 8_000, container: 'none' },
      { abortSignal, maxRetries: 0, timeoutInSeconds: SDK_TIMEOUT_S },
    );
    const reader = response.stream()?.getReader();
    // The SDK does not carry the abort into a body that has begun.
    abortSignal.addEventListener('abort', () => void reader?.cancel().catch(() => {}), { once: true });
    for (;;) {
      const read = await reader?.read();
      if (!read || read.done) break;
      queue.push(read.value);
    }
    queue.end(queue.bytes > 0 ? 'complete' : problem('broken', 'no audio came.'));
  } catch (error) {
    queue.end(queue.bytes > 0 ? problem('broken', 'the audio broke off.') : errorOfRequest(error));
  }
}
