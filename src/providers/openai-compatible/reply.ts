import type { ChatEvent, ChatTool, ChatUsage, StopReason } from '../../language/chat.ts';
import type { Chunk, ChunkDelta, ChunkUsage } from './chunk.ts';
import { Reasoning } from './reasoning.ts';
import { ToolCalls } from './tool-calls.ts';

const STOP_REASONS: Record<string, StopReason> = {
  stop: 'complete',
  tool_calls: 'toolCalls',
  length: 'maxTokens',
  content_filter: 'filtered',
};

/** Makes events of a reply's chunks. */
export class Reply {
  /** The provider's id of the reply; its bill goes by it. */
  id: string | null = null;
  usage: ChatUsage | null = null;
  /** The model has begun: words, reasoning, a tool call. An empty first chunk, as all send, does not count. */
  begun = false;
  #finishReason: string | null = null;
  #model: string | null = null;
  #refused = false;
  readonly #toolCalls: ToolCalls;
  readonly #reasoning = new Reasoning();

  constructor(tools: readonly ChatTool[]) {
    this.#toolCalls = new ToolCalls(tools);
  }

  get finished(): boolean {
    return this.#finishReason !== null;
  }

  /** OpenRouter's word for a model that failed after it had begun. */
  get failed(): boolean {
    return this.#finishReason === 'error';
  }

  /** The text that came with a chunk, null for none. `progressed` tells that the model is at work. */
  take(chunk: Chunk): { text: string | null; progressed: boolean } {
    this.id = chunk.id || this.id;
    this.#model = chunk.model || this.#model;
    if (chunk.usage) this.usage = toUsage(chunk.usage);

    // Azure's first chunk has no choices and tells what its filter thought of the prompt.
    const choice = chunk.choices?.[0];
    if (choice?.finish_reason) this.#finishReason = choice.finish_reason;
    const { text, progressed } = this.#takeDelta(choice?.delta ?? {});
    this.begun ||= progressed;
    return { text, progressed: progressed || this.finished };
  }

  /** What is known only once the reply is whole. Throws a ToolCallError. */
  end(): ChatEvent[] {
    const reason = this.#stopReason();
    // A reply that ran out of tokens may have stopped in the middle of a call.
    const calls = reason === 'toolCalls' ? this.#toolCalls.finish() : [];
    return [
      ...this.#reasoning.finish().map((reasoning): ChatEvent => ({ type: 'reasoning', reasoning })),
      ...calls.map((call): ChatEvent => ({ type: 'toolCall', call })),
      ...(this.usage ? [{ type: 'usage' as const, usage: this.usage, model: this.#model }] : []),
      { type: 'stop', reason },
    ];
  }

  #takeDelta(delta: ChunkDelta): { text: string | null; progressed: boolean } {
    for (const piece of delta.tool_calls ?? []) this.#toolCalls.add(piece);
    for (const detail of delta.reasoning_details ?? []) this.#reasoning.add(detail);
    this.#refused ||= Boolean(delta.refusal);

    const text = delta.content || delta.refusal || null;
    const thought = delta.reasoning || delta.reasoning_content || delta.reasoning_details?.length;
    return { text, progressed: text !== null || Boolean(thought) || Boolean(delta.tool_calls?.length) };
  }

  #stopReason(): StopReason {
    const given = STOP_REASONS[this.#finishReason ?? ''] ?? 'complete';
    if (given === 'complete' && this.#refused) return 'filtered';
    // Several servers say `stop` after tool calls.
    if (given === 'complete' && this.#toolCalls.started) return 'toolCalls';
    return given === 'toolCalls' && !this.#toolCalls.started ? 'complete' : given;
  }
}

function toUsage(usage: ChunkUsage): ChatUsage {
  return {
    inputTokens: usage.prompt_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWriteInputTokens: usage.prompt_tokens_details?.cache_write_tokens ?? 0,
    costUsd: typeof usage.cost === 'number' ? usage.cost + upstreamCost(usage) : null,
  };
}

/** With a key of the company's own at the upstream, `cost` is the gateway's fee alone. */
function upstreamCost({ is_byok: isOwnKey, cost_details: details }: ChunkUsage): number {
  return isOwnKey ? (details?.upstream_inference_cost ?? 0) : 0;
}
