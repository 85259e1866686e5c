import type OpenAI from 'openai';

/** What gateways add to a chunk beside OpenAI's own fields. */
export type Chunk = Omit<OpenAI.ChatCompletionChunk, 'choices' | 'usage'> & {
  choices?: readonly ChunkChoice[];
  usage?: ChunkUsage | null;
};

export interface ChunkChoice {
  delta?: ChunkDelta | null;
  finish_reason?: string | null;
}

export interface ChunkDelta {
  content?: string | null;
  refusal?: string | null;
  tool_calls?: readonly ToolCallDelta[] | null;
  /** OpenRouter: reasoning as plain text; `reasoning_details` holds the same and what is needed to send it back. */
  reasoning?: string | null;
  reasoning_details?: readonly ReasoningDetail[] | null;
  /** vLLM and DeepSeek call it so. */
  reasoning_content?: string | null;
}

export interface ToolCallDelta {
  /** Some servers leave it out. */
  index?: number;
  id?: string | null;
  function?: { name?: string | null; arguments?: string | null } | null;
}

export interface ReasoningDetail {
  type: string;
  index?: number;
  text?: string | null;
  signature?: string | null;
  data?: string | null;
}

export interface ChunkUsage {
  prompt_tokens?: number;
  completion_tokens?: number;
  /** Parts of `prompt_tokens`. Only models that charge for writing to their cache tell what was written. */
  prompt_tokens_details?: { cached_tokens?: number | null; cache_write_tokens?: number | null } | null;
  /** OpenRouter: credits, one for one US dollar. */
  cost?: number | null;
  is_byok?: boolean;
  cost_details?: { upstream_inference_cost?: number | null } | null;
}
