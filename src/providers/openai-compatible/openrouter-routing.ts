/** Per half, three quarters, nine tenths and 99 in a hundred of the requests in the last five minutes. */
export type Percentiles = Partial<Record<'p50' | 'p75' | 'p90' | 'p99', number>>;

/** OpenRouter's `provider` object, in its own words: how it chooses among the hosts of a model. */
export interface OpenRouterRouting {
  order?: readonly string[];
  only?: readonly string[];
  ignore?: readonly string[];
  allow_fallbacks?: boolean;
  /** Only hosts that know every parameter of the request. */
  require_parameters?: boolean;
  /** `deny`: no host that keeps prompts. */
  data_collection?: 'allow' | 'deny';
  /** Zero data retention only. */
  zdr?: boolean;
  quantizations?: readonly string[];
  sort?: 'price' | 'throughput' | 'latency' | { by: string; partition: 'model' | 'none' };
  /** Tokens a second. Puts others behind, does not exclude them. */
  preferred_min_throughput?: number | Percentiles;
  /** Seconds to the first token. Puts others behind, does not exclude them. */
  preferred_max_latency?: number | Percentiles;
  /** US dollars per million tokens. Excludes what is dearer. */
  max_price?: Partial<Record<'prompt' | 'completion' | 'request' | 'image', number>>;
}

/** Bedrock goes on generating, and billing, when a stream is aborted, and a caller who interrupts aborts one. */
export const voiceRouting: OpenRouterRouting = {
  sort: 'latency',
  preferred_max_latency: { p90: 1 },
  data_collection: 'deny',
  require_parameters: true,
  ignore: ['amazon-bedrock'],
};
