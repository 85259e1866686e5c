/** What a Claude model on Bedrock lets one ask. */
export interface ModelRules {
  /** Ways to ask for thinking. */
  thinking: readonly ('enabled' | 'adaptive')[];
  /** Whether temperature, top_p and top_k may be chosen, and the last message may be the assistant's. */
  sampling: boolean;
  /** A shorter prefix is not cached. */
  minCacheTokens: number;
}

const profile = /^(?:us|us-gov|eu|apac|jp|au|ca|global)\./;
const retired = /^anthropic\.claude-(?:3|v1|v2|instant)/;
const dated = '(?:-\\d{8})?(?:-v\\d+(?::\\d+)?)?$';

const families: readonly { ids: RegExp; rules: ModelRules }[] = [
  {
    ids: new RegExp(`^anthropic\\.claude-haiku-4-5${dated}`),
    rules: { thinking: ['enabled'], sampling: true, minCacheTokens: 4_096 },
  },
  {
    ids: new RegExp(`^anthropic\\.claude-(?:sonnet-4(?:-5)?|opus-4(?:-[15])?)${dated}`),
    rules: { thinking: ['enabled'], sampling: true, minCacheTokens: 1_024 },
  },
  {
    ids: new RegExp(`^anthropic\\.claude-(?:sonnet|opus)-4-6${dated}`),
    rules: { thinking: ['enabled', 'adaptive'], sampling: true, minCacheTokens: 2_048 },
  },
  {
    ids: new RegExp(
      `^anthropic\\.claude-(?:opus-4-[78]|(?:sonnet|opus|haiku|fable|mythos)-5(?:-\\d)?)${dated}`,
    ),
    rules: { thinking: ['adaptive'], sampling: false, minCacheTokens: 1_024 },
  },
];

/** The model's rules, or what Bedrock says of its id: it is retired, never was, or is served through a profile only. */
export function rulesOf(modelId: string): ModelRules | string {
  const bareId = modelId.replace(profile, '');
  const family = retired.test(bareId) ? undefined : families.find(({ ids }) => ids.test(bareId));
  if (!family) return 'The provided model identifier is invalid.';
  if (bareId === modelId)
    return `Model ${modelId} has no on-demand throughput; ask for an inference profile that contains it.`;
  return family.rules;
}
