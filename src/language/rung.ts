import type { ChatRequest } from './chat.ts';

/** How much a model can do, and how long it takes. */
export type ModelRole = 'fast' | 'balanced' | 'deep';

/** One model as one provider offers it in one region: a place where a turn can be answered. */
export interface Rung {
  /** Name of the ChatProvider. */
  provider: string;
  region: string | null;
  /** Our name of the model, as `claude-haiku-4-5`. */
  model: string;
  /** The provider's id of it. */
  modelId: string;
  role: ModelRole;
  /** Expected time to the first token. */
  firstTokenMs: number;
  thinking: ChatRequest['thinking'];
}

/** Where to ask, in order, and why, in one sentence. */
export interface Plan {
  rungs: readonly Rung[];
  because: string;
}

export function nameOf({ model, provider, region }: Rung): string {
  return `${model} on ${provider}${region ? `/${region}` : ''}`;
}
