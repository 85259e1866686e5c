import type { ContentBlockDelta, ConverseStreamOutput, TokenUsage } from '@aws-sdk/client-bedrock-runtime';
import type { ChatEvent, ChatReasoning, ChatToolCall, StopReason } from '../../language/chat.ts';

/** What came makes no whole reply. */
export class UnreadableTurn extends Error {
  override readonly name = 'UnreadableTurn';
}

type Block =
  | { kind: 'text' }
  | { kind: 'tool'; id: string; name: string; json: string }
  | { kind: 'reasoning'; text: string; signature: string; redacted: Uint8Array[] };

const stopReasons: Record<string, StopReason> = {
  end_turn: 'complete',
  stop_sequence: 'complete',
  tool_use: 'toolCalls',
  max_tokens: 'maxTokens',
  model_context_window_exceeded: 'maxTokens',
  guardrail_intervened: 'filtered',
  content_filtered: 'filtered',
  refusal: 'filtered',
};

/** Puts one reply together from Bedrock's events. Tool calls are told once the reply is whole, never before. */
export class Turn {
  readonly #blocks = new Map<number, Block>();
  readonly #calls: ChatToolCall[] = [];
  #cutTool = false;
  #began = false;
  #stop: StopReason | null = null;
  #usage: TokenUsage | null = null;
  #isOver = false;

  /** True from the first sign of output on: words, reasoning or a tool. */
  get began(): boolean {
    return this.#began;
  }

  /** True after `messageStop`. Without it the reply was cut, even where the stream ended without an error. */
  get isWhole(): boolean {
    return this.#stop !== null;
  }

  /** True after the last event there is. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Throws `UnreadableTurn` for what makes no sense. */
  take(event: ConverseStreamOutput): ChatEvent[] {
    if (event.contentBlockStart) {
      const { contentBlockIndex = 0, start } = event.contentBlockStart;
      this.#began = true;
      if (start?.toolUse)
        this.#blocks.set(contentBlockIndex, {
          kind: 'tool',
          id: start.toolUse.toolUseId ?? '',
          name: start.toolUse.name ?? '',
          json: '',
        });
    } else if (event.contentBlockDelta) {
      const { contentBlockIndex = 0, delta } = event.contentBlockDelta;
      this.#began = true;
      return delta ? this.#takeDelta(contentBlockIndex, delta) : [];
    } else if (event.contentBlockStop) return this.#endBlock(event.contentBlockStop.contentBlockIndex ?? 0);
    else if (event.messageStop) this.#endMessage(event.messageStop.stopReason ?? '');
    else if (event.metadata) {
      this.#usage = event.metadata.usage ?? null;
      this.#isOver = true;
    }
    return [];
  }

  /** The end of a whole reply. */
  finish(): ChatEvent[] {
    if (this.#stop === null) throw new UnreadableTurn('The stream ended before messageStop.');
    const events: ChatEvent[] = this.#calls.map(call => ({ type: 'toolCall', call }));
    if (this.#usage) events.push(toUsage(this.#usage));
    events.push({ type: 'stop', reason: this.#stop });
    return events;
  }

  #takeDelta(index: number, delta: ContentBlockDelta): ChatEvent[] {
    if (delta.text !== undefined) return delta.text === '' ? [] : [{ type: 'text', text: delta.text }];
    if (delta.toolUse) {
      const block = this.#blocks.get(index);
      if (block?.kind !== 'tool') throw new UnreadableTurn('A tool input came without its tool.');
      block.json += delta.toolUse.input ?? '';
    } else if (delta.reasoningContent) {
      const block = this.#reasoning(index);
      const { text, signature, redactedContent } = delta.reasoningContent;
      block.text += text ?? '';
      block.signature += signature ?? '';
      if (redactedContent) block.redacted.push(redactedContent);
    }
    return [];
  }

  #reasoning(index: number): Extract<Block, { kind: 'reasoning' }> {
    const open = this.#blocks.get(index);
    if (open?.kind === 'reasoning') return open;
    const block: Block = { kind: 'reasoning', text: '', signature: '', redacted: [] };
    this.#blocks.set(index, block);
    return block;
  }

  #endBlock(index: number): ChatEvent[] {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    if (block?.kind === 'tool') this.#endTool(block);
    if (block?.kind === 'reasoning') return toReasoning(block);
    return [];
  }

  #endTool({ id, name, json }: Extract<Block, { kind: 'tool' }>): void {
    const input = parseObject(json);
    if (input && id && name) this.#calls.push({ id, name, input });
    else this.#cutTool = true;
  }

  #endMessage(reason: string): void {
    if (reason.startsWith('malformed_')) throw new UnreadableTurn(`Bedrock stopped with ${reason}.`);
    const stop = stopReasons[reason] ?? 'complete';
    const openTool = [...this.#blocks.values()].some(block => block.kind === 'tool');
    if ((this.#cutTool || openTool) && stop !== 'maxTokens')
      throw new UnreadableTurn('A tool input is not a JSON object.');
    if (stop === 'toolCalls' && this.#calls.length === 0)
      throw new UnreadableTurn('A tool was announced and none came.');
    this.#stop = stop === 'complete' && this.#calls.length > 0 ? 'toolCalls' : stop;
  }
}

/** Bedrock counts what it read from or wrote to the cache beside `inputTokens`; here `inputTokens` is all of the input. */
function toUsage(usage: TokenUsage): ChatEvent {
  const { inputTokens = 0, outputTokens = 0, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  return {
    type: 'usage',
    usage: {
      inputTokens: inputTokens + cacheReadInputTokens + cacheWriteInputTokens,
      outputTokens,
      cachedInputTokens: cacheReadInputTokens,
      cacheWriteInputTokens,
      costUsd: null,
    },
    model: null,
  };
}

/** Reasoning without a signature cannot be sent back, so nobody needs it. */
function toReasoning({ text, signature, redacted }: Extract<Block, { kind: 'reasoning' }>): ChatEvent[] {
  const pieces: ChatReasoning[] = [];
  if (signature) pieces.push({ text, signature });
  if (redacted.length > 0) pieces.push({ redacted: Buffer.concat(redacted).toString('base64') });
  return pieces.map(reasoning => ({ type: 'reasoning', reasoning }));
}

/** No input at all means a tool without parameters. */
function parseObject(json: string): Record<string, unknown> | null {
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
