import type { OpenAI } from 'openai';
import { Stream } from 'openai/core/streaming';
import type { Clock } from '../../../runtime/clock.ts';
import { ProviderError } from '../../../runtime/provider-error.ts';
import type { ChatEvent, ChatRequest } from '../../language/chat.ts';
import type { Chunk } from './chunk.ts';
import { toProviderError, type Whose } from './failure.ts';
import type { Body } from './messages.ts';
import { Reply } from './reply.ts';
import { SseWatch } from './sse-watch.ts';
import { ToolCallError } from './tool-calls.ts';
import { Watchdog } from './watchdog.ts';

export interface ChatAttempt {
  client: OpenAI;
  clock: Clock;
  provider: string;
  /** What to send; `headers` go over the client's own, as for another company's key. Its time is part of the first token's. */
  prepare(): Promise<{ body: Body; headers?: Record<string, string> }>;
  /** The stream is over; `whole` says that its usage was told. Called once. */
  ended?(reply: { id: string | null; whole: boolean }): void;
}

/** One request and its stream, as `ChatProvider.stream` promises. */
export async function* streamChat(
  attempt: ChatAttempt,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent> {
  if (signal.aborted) return;
  const { client, clock } = attempt;
  const whose: Whose = { provider: attempt.provider, region: request.region };
  const connection = new AbortController();
  const abort = () => connection.abort();
  const watchdog = new Watchdog(clock, abort);
  const sse = new SseWatch();
  const reply = new Reply(request.tools);
  let isWhole = false;
  signal.addEventListener('abort', abort, { once: true });

  try {
    watchdog.watch(request.firstTokenTimeoutMs);
    const { body, headers } = await unlessAborted(attempt.prepare(), connection.signal);
    const response = await client.chat.completions
      .create({ ...body, stream: true } as unknown as OpenAI.ChatCompletionCreateParamsStreaming, {
        signal: connection.signal,
        ...(headers && { headers }),
      })
      .asResponse();

    for await (const chunk of Stream.fromSSEResponse<Chunk>(sse.over(response), connection, client)) {
      const { text, progressed } = reply.take(chunk);
      if (reply.failed) throw new ProviderError('unavailable', 'the model failed in the middle', whose);
      if (progressed) watchdog.rest();
      if (text !== null) yield { type: 'text', text };
      if (signal.aborted) return;
      watchdog.watch(reply.begun ? request.stallTimeoutMs : request.firstTokenTimeoutMs);
    }
    watchdog.rest();
    if (signal.aborted) return;

    // A whole reply is taken even if the server then forgot to end its answer.
    if (!sse.done || !reply.finished) throw missingEnd(watchdog, sse, reply, whose);
    const events = wholeReply(reply, whose);
    isWhole = true;
    yield* events;
  } catch (error) {
    if (signal.aborted) return;
    throw watchdog.passedMs === null || error instanceof ProviderError
      ? toProviderError(error, whose, clock)
      : tooLate(watchdog.passedMs, sse, reply, whose);
  } finally {
    watchdog.rest();
    signal.removeEventListener('abort', abort);
    // A connection whose answer was read to its end serves the next request.
    if (!isWhole) connection.abort();
    attempt.ended?.({ id: reply.id, whole: isWhole && reply.usage !== null });
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

function wholeReply(reply: Reply, whose: Whose): ChatEvent[] {
  try {
    return reply.end();
  } catch (error) {
    if (error instanceof ToolCallError) throw new ProviderError('broken', error.message, whose);
    throw error;
  }
}

function missingEnd(watchdog: Watchdog, sse: SseWatch, reply: Reply, whose: Whose): ProviderError {
  if (watchdog.passedMs !== null) return tooLate(watchdog.passedMs, sse, reply, whose);
  const missing = reply.finished ? '[DONE]' : 'a finish reason';
  return new ProviderError('broken', `the stream ended without ${missing}`, whose);
}

function tooLate(passedMs: number, sse: SseWatch, reply: Reply, whose: Whose): ProviderError {
  if (reply.begun) return new ProviderError('timeout', `nothing more came for ${passedMs} ms`, whose);
  const state = sse.keepAlives > 0 ? `, connected and waiting (${sse.keepAlives} keep-alives)` : '';
  return new ProviderError('timeout', `no first token within ${passedMs} ms${state}`, whose);
}
