import type { Area } from './areas.ts';
import type { ModelRole } from './rung.ts';

/** USD for a million tokens. Null where the provider has no such price. */
export interface Price {
  input: number;
  output: number;
  cacheRead: number | null;
  cacheWrite: number | null;
}

/** Expected time to the first token, and how far to trust it: a third party measured it, or nobody has yet. */
export interface FirstToken {
  ms: number;
  grade: 'measured' | 'estimated';
  source: string;
}

/** A model as one provider sells it. */
export interface Offer {
  /** Name of the ChatProvider. */
  provider: string;
  /** The provider's id of it. */
  modelId: string;
  /** Where a request is worked on, wherever it is sent. `anywhere` promises nothing. */
  area: Area | 'anywhere';
  /** Whether a page of the seller, or a request of somebody, vouches for it; otherwise the models before it were sold so. */
  confirmed: boolean;
  /** The provider's regions that take requests for it; null where the provider has none. */
  regions: readonly string[] | null;
  /** Null: unknown, so that nothing is claimed. */
  price: Price | null;
  /** Whose list it is from: sellers set their own, and where theirs is not known the maker's stands in. */
  priceFrom: 'seller' | 'maker' | 'settings' | null;
  /** Applies to every token of a request whose prompt is longer than this. */
  longPrompt?: { aboveTokens: number; price: Price };
  firstToken: FirstToken;
}

export interface Lifecycle {
  status: 'active' | 'legacy' | 'retired';
  /** From this day on (ISO date) requests fail. Null while none is announced. */
  endOfLife: string | null;
  /** What the provider says instead of a date, where it does. */
  notBefore?: string;
}

export interface CatalogueModel {
  /** Our name of it. */
  id: string;
  role: ModelRole;
  lifecycle: Lifecycle;
  contextTokens: number;
  maxOutputTokens: number;
  /** How it is asked to think: not at all, with a budget of tokens, or with an effort. */
  thinkingStyle: 'none' | 'budget' | 'adaptive';
  canDisableThinking: boolean;
  /** Whether a temperature may be given. */
  allowsSampling: boolean;
  /** Whether a tool call may be demanded. */
  allowsForcedTool: boolean;
  /** A shorter prompt is not cached. Null: no cache. */
  minCacheTokens: number | null;
  tools: boolean;
  /** BCP-47 primary tags, or `many`: some fifty or more, with no list to check against. */
  languages: 'many' | readonly string[];
  offers: readonly Offer[];
}
