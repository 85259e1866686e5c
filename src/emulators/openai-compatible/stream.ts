import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../runtime/clock.ts';
import type { Fault } from '../emulator.ts';
import { type Answer, deltasOf } from './answer.ts';
import type { Flavour } from './flavour.ts';
import { costOf, type TokenCounts } from './ledger.ts';

const DRIP_MS = 100;

export interface StreamedReply {
  flavour: Flavour;
  model: string;
  answer: Answer;
  fault: Fault | null;
  promptTokens: number;
  /** OpenRouter always tells; the others when `stream_options.include_usage` asks. */
  tellsUsage: boolean;
  clock: Clock;
}

/** How it ended, for the bill. */
export interface StreamEnd extends TokenCounts {
  id: string;
  model: string;
  cancelled: boolean;
}

/** Streams one answer. Resolves when it is over or its client has gone. */
export async function streamAnswer(response: ServerResponse, reply: StreamedReply): Promise<StreamEnd> {
  const { flavour, answer, fault, clock } = reply;
  const model = answer.model ?? reply.model;
  const id = flavour === 'openrouter' ? `gen-${randomUUID()}` : `chatcmpl-${randomUUID()}`;
  const gone = new Promise<void>(resolve => response.once('close', resolve));
  const created = Math.floor(clock.wallTime() / 1_000);
  const deltas = deltasOf(answer);
  let outputs = 0;

  const counts = (): TokenCounts => ({
    promptTokens: reply.promptTokens,
    completionTokens: outputs,
    cachedTokens: answer.cachedTokens ?? 0,
  });
  const over = () => ({ ...counts(), id, model, cancelled: response.destroyed });
  const event = (data: unknown) =>
    response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  const chunk = (fields: Record<string, unknown>) =>
    event({ id, object: 'chat.completion.chunk', created, model, ...extrasOf(flavour), ...fields });
  const choice = (delta: object, finish_reason: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason, logprobs: null }] });
  const pause = async (ms: number | undefined) => {
    if (ms === 0) return;
    let timer: unknown;
    const passed =
      ms === undefined
        ? gone
        : new Promise<void>(resolve => {
            timer = clock.setTimeout(resolve, ms);
          });
    await Promise.race([passed, gone]);
    clock.clearTimeout(timer);
  };

  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
  if (flavour === 'openrouter')
    for (let n = 0; n < (answer.keepAlives ?? 1); n++) response.write(': OPENROUTER PROCESSING\n\n');
  if (flavour === 'azure') event(promptFilterResults);
  await pause(answer.firstOutputDelayMs ?? 0);
  if (fault?.kind === 'stallBefore') await pause(fault.ms);
  choice({ role: 'assistant', content: '' });

  for (const delta of deltas) {
    if (response.destroyed) return over();
    if (answer.failAfter?.outputs === outputs) break;
    if (outputs === (fault?.afterEvents ?? 0) && fault) {
      if (fault.kind === 'cut') {
        // What was written before still arrives.
        await new Promise<void>(resolve => response.write('', () => resolve()));
        response.destroy();
        return over();
      }
      if (fault.kind === 'malformed') event('{"choices":[{"delta":{"content":"half a sen');
      if (fault.kind === 'stallAfter') await pause(fault.ms);
    }
    if (outputs > 0)
      await pause(fault?.kind === 'drip' ? (fault.ms ?? DRIP_MS) : (answer.betweenOutputsMs ?? 0));
    if (response.destroyed) return over();
    choice(delta);
    outputs++;
  }

  if (answer.failAfter) {
    const { code, message } = answer.failAfter;
    chunk({
      error: { code, message },
      choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
    });
    response.end();
    return over();
  }
  if (answer.without !== 'finishReason')
    choice({}, answer.finishReason ?? (answer.toolCalls ? 'tool_calls' : 'stop'));
  if (reply.tellsUsage) chunk(usageChunk(flavour, counts()));
  if (answer.without !== 'done') event('[DONE]');
  response.end();
  return over();
}

function extrasOf(flavour: Flavour): object {
  return flavour === 'openrouter' ? { provider: 'Anthropic' } : { system_fingerprint: 'fp_emulated' };
}

/** OpenAI's last chunk has no choice; OpenRouter's has an empty one. */
function usageChunk(flavour: Flavour, counts: TokenCounts) {
  const { promptTokens, completionTokens, cachedTokens } = counts;
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
  if (flavour !== 'openrouter') return { choices: [], usage };
  return {
    choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
    usage: {
      ...usage,
      cost: costOf(counts),
      is_byok: false,
      cost_details: { upstream_inference_cost: null },
    },
  };
}

/** Azure's first event: what its filter thought of the prompt, and nothing else. */
const promptFilterResults = {
  choices: [],
  created: 0,
  id: '',
  model: '',
  object: '',
  prompt_filter_results: [
    { prompt_index: 0, content_filter_results: { hate: { filtered: false, severity: 'safe' } } },
  ],
};
