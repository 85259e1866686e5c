/** US dollars per token of every model here. */
const PROMPT_USD = 1e-6;
const COMPLETION_USD = 5e-6;
/** Of the price of a prompt's token. */
const CACHE_READ = 0.1;
const CACHE_WRITE = 1.25;

export interface TokenCounts {
  promptTokens: number;
  completionTokens: number;
  /** Of the prompt. */
  cachedTokens: number;
  cacheWriteTokens: number;
}

export function costOf({ promptTokens, completionTokens, ...cache }: TokenCounts): number {
  const fresh = promptTokens - cache.cachedTokens - cache.cacheWriteTokens;
  const prompt = fresh + cache.cachedTokens * CACHE_READ + cache.cacheWriteTokens * CACHE_WRITE;
  return prompt * PROMPT_USD + completionTokens * COMPLETION_USD;
}

interface Generation extends TokenCounts {
  id: string;
  model: string;
  cancelled: boolean;
  createdAt: string;
}

/** Bills of generations, as `GET /api/v1/generation` shows them. */
export class Bills {
  /** How often a bill is asked for before it is there. */
  lateBy: number;
  readonly #generations = new Map<string, Generation & { misses: number }>();

  constructor(lateBy: number) {
    this.lateBy = lateBy;
  }

  add(generation: Generation): void {
    this.#generations.set(generation.id, { ...generation, misses: this.lateBy });
  }

  /** Null: there is none, or not yet. */
  find(id: string) {
    const generation = this.#generations.get(id);
    if (!generation || generation.misses-- > 0) return null;
    const { model, cancelled, createdAt, promptTokens, completionTokens, cachedTokens } = generation;
    const cost = costOf(generation);
    return {
      id,
      model,
      upstream_id: null,
      total_cost: cost,
      usage: cost,
      cache_discount: null,
      upstream_inference_cost: null,
      created_at: createdAt,
      is_byok: false,
      streamed: true,
      cancelled,
      finish_reason: cancelled ? null : 'stop',
      provider_name: 'Anthropic',
      tokens_prompt: promptTokens,
      tokens_completion: completionTokens,
      native_tokens_prompt: promptTokens,
      native_tokens_completion: completionTokens,
      native_tokens_cached: cachedTokens,
      native_tokens_reasoning: 0,
    };
  }
}
