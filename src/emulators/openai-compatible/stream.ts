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
  const { flavour, answer, fault } = reply;
  const wire = openWire(response, reply);
  const pause = pauser(response, reply.clock);
  const deltas = deltasOf(answer);
  let outputs = 0;
  const counts = (): TokenCounts => ({
    promptTokens: reply.promptTokens,
    completionTokens: outputs,
    cachedTokens: answer.cachedTokens ?? 0,
    cacheWriteTokens: answer.cacheWriteTokens ?? 0,
  });
  const over = (): StreamEnd => ({ ...counts(), ...wire.named, cancelled: response.destroyed });

  wire.begin(flavour === 'openrouter' ? (answer.keepAlives ?? 1) : 0);
  if (flavour === 'azure') wire.event(promptFilterResults);
  await pause(answer.firstOutputDelayMs ?? 0);
  if (fault?.kind === 'stallBefore') await pause(fault.ms);
  wire.choice({ role: 'assistant', content: '' });

  for (const delta of deltas) {
    if (answer.failAfter?.outputs === outputs) break;
    if (fault && outputs === (fault.afterEvents ?? 0)) await strike(fault, response, wire, pause);
    if (outputs > 0) await pause(betweenMs(reply));
    if (response.destroyed) return over();
    wire.choice(delta);
    outputs++;
  }

  end(response, reply, wire, counts());
  return over();
}

function end(
  response: ServerResponse,
  { flavour, answer, tellsUsage }: StreamedReply,
  wire: Wire,
  counts: TokenCounts,
) {
  const { failAfter, without, finishReason, toolCalls } = answer;
  if (failAfter) {
    const choices = [{ index: 0, delta: { content: '' }, finish_reason: 'error' }];
    wire.chunk({ error: { code: failAfter.code, message: failAfter.message }, choices });
  } else {
    if (without !== 'finishReason') wire.choice({}, finishReason ?? (toolCalls ? 'tool_calls' : 'stop'));
    if (tellsUsage) wire.chunk(usageChunk(flavour, counts));
    if (without !== 'done') wire.event('[DONE]');
  }
  response.end();
}

/** What a fault does before the output that it strikes. */
async function strike(fault: Fault, response: ServerResponse, wire: Wire, pause: Pause): Promise<void> {
  if (fault.kind === 'stallAfter') await pause(fault.ms);
  if (fault.kind === 'malformed') wire.event('{"choices":[{"delta":{"content":"half a sen');
  if (fault.kind !== 'cut') return;
  // What was written before still arrives.
  await new Promise<void>(resolve => response.write('', () => resolve()));
  response.destroy();
}

function betweenMs({ fault, answer }: StreamedReply): number {
  return fault?.kind === 'drip' ? (fault.ms ?? DRIP_MS) : (answer.betweenOutputsMs ?? 0);
}

type Wire = ReturnType<typeof openWire>;

/** Writes the events of one reply. */
function openWire(response: ServerResponse, { flavour, answer, clock, model: asked }: StreamedReply) {
  const id = `${flavour === 'openrouter' ? 'gen' : 'chatcmpl'}-${randomUUID()}`;
  const model = answer.model ?? asked;
  const created = Math.floor(clock.wallTime() / 1_000);

  function event(data: unknown): void {
    response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  }

  function chunk(fields: object): void {
    event({ id, object: 'chat.completion.chunk', created, model, ...extrasOf(flavour), ...fields });
  }

  return {
    named: { id, model },
    event,
    chunk,
    choice(delta: object, finishReason: string | null = null): void {
      chunk({ choices: [{ index: 0, delta, finish_reason: finishReason, logprobs: null }] });
    },
    begin(keepAlives: number): void {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      response.flushHeaders();
      for (let n = 0; n < keepAlives; n++) response.write(': OPENROUTER PROCESSING\n\n');
    },
  };
}

/** Waits so many ms, or until the client goes away; without a number for that alone. */
type Pause = (ms: number | undefined) => Promise<void>;

function pauser(response: ServerResponse, clock: Clock): Pause {
  const gone = new Promise<void>(resolve => response.once('close', resolve));
  return async ms => {
    if (ms === undefined) return gone;
    if (ms === 0) return;
    let timer: unknown;
    const passed = new Promise<void>(resolve => {
      timer = clock.setTimeout(resolve, ms);
    });
    await Promise.race([passed, gone]);
    clock.clearTimeout(timer);
  };
}

function extrasOf(flavour: Flavour): object {
  return flavour === 'openrouter' ? { provider: 'Anthropic' } : { system_fingerprint: 'fp_emulated' };
}

/** OpenAI's last chunk has no choice; OpenRouter's has an empty one. */
function usageChunk(flavour: Flavour, counts: TokenCounts) {
  const { promptTokens, completionTokens, cachedTokens, cacheWriteTokens } = counts;
  const written = flavour === 'openrouter' && { cache_write_tokens: cacheWriteTokens };
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, ...written },
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
