/**
 * What a hosted language model is asked and answers, whoever hosts it. Adapters in `src/providers/` speak a provider's own SDK
 * behind it; what to ask, whom, and what to do when it fails is decided above them.
 */

export type ChatMessage =
  | { role: 'user'; text: string }
  | {
      role: 'assistant';
      text: string;
      toolCalls?: readonly ChatToolCall[];
      /** Signed reasoning that some models want back in a tool round, opaque to us. */
      reasoning?: readonly ChatReasoning[];
    }
  | { role: 'tool'; toolCallId: string; name: string; result: string; isError: boolean };

export interface ChatToolCall {
  id: string;
  name: string;
  input: Record<string, unknown>;
}

export type ChatReasoning = { text: string; signature: string } | { redacted: string };

export interface ChatTool {
  /** Letters, digits, `_` and `-`, at most 64. */
  name: string;
  description: string;
  /** JSON schema of an object. */
  inputSchema: Record<string, unknown>;
}

export interface ChatRequest {
  /** The provider's id of the model. */
  model: string;
  /** Provider's region, where it has any. */
  region: string | null;
  /** The part that stays the same in a call comes first and may be cached by the provider. */
  system: { stable: string; changing: string };
  messages: readonly ChatMessage[];
  tools: readonly ChatTool[];
  maxTokens: number;
  /** Left out where the model does not allow it. */
  temperature: number | null;
  /**
   * `budget`: thinking tokens (older Claude). `effort`: adaptive. `switchOff`: the model thinks by itself unless it is told
   * not to, so that leaving the field out is not enough.
   */
  thinking:
    | { style: 'none'; switchOff?: boolean }
    | { style: 'budget'; tokens: number }
    | { style: 'adaptive'; effort: 'low' | 'medium' | 'high' };
  /** Whether the provider should cache the stable part. */
  cache: boolean;
  /** For the provider's own logs and for sticky routing: the call, never the caller. */
  callId: string;
  /** Limits in ms; the adapter throws a `timeout` ProviderError when one is passed. */
  firstTokenTimeoutMs: number;
  stallTimeoutMs: number;
}

export type StopReason = 'complete' | 'toolCalls' | 'maxTokens' | 'filtered';

export interface ChatUsage {
  /** All that was read, from wherever. */
  inputTokens: number;
  outputTokens: number;
  /** Of the input, what came from the provider's cache. */
  cachedInputTokens: number;
  /** Of the input, what was written to the cache for the requests to come; some providers charge more for it. */
  cacheWriteInputTokens: number;
  /** As the provider bills it; null where only the tokens are told. */
  costUsd: number | null;
}

export type ChatEvent =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; reasoning: ChatReasoning }
  /** Whole, with its input parsed. */
  | { type: 'toolCall'; call: ChatToolCall }
  | {
      type: 'usage';
      usage: ChatUsage /** The model that answered, where a gateway chooses. */;
      model: string | null;
    }
  /** Always last; without it the reply is not whole and the adapter has thrown. */
  | { type: 'stop'; reason: StopReason };

/** One provider's models. */
export interface ChatProvider {
  /** As `bedrock`, `openrouter`. */
  readonly name: string;
  /**
   * Streams a reply. Throws `ProviderError` for every failure, a stream that ends early included (`broken`). An aborted
   * signal ends the iteration without an error, and the request with it.
   */
  stream(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent>;
  close(): Promise<void>;
}
