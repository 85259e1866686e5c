import type { CatalogueModel, Offer } from '../catalogue-entry.ts';

/**
 * Models that have reached their end of life on Bedrock. Never chosen; kept so that records of their days can be read.
 * Latencies are their vendor's of that time.
 */

const REGIONS = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-1', 'ap-northeast-1'];

function onBedrock(modelId: string, input: number, output: number, firstTokenMs: number): Offer[] {
  return [
    {
      provider: 'bedrock',
      modelId,
      area: 'anywhere',
      confirmed: true,
      regions: REGIONS,
      price: { input, output, cacheRead: null, cacheWrite: null },
      priceFrom: 'seller',
      firstToken: { ms: firstTokenMs, grade: 'estimated', source: 'claimed when it was new' },
    },
  ];
}

const common = {
  allowsSampling: true,
  allowsForcedTool: true,
  minCacheTokens: null,
  tools: true,
  languages: 'many',
  contextTokens: 200_000,
} as const;

const withoutThinking = { ...common, thinkingStyle: 'none', canDisableThinking: true } as const;

export const retiredModels: readonly CatalogueModel[] = [
  {
    ...common,
    id: 'claude-3-7-sonnet',
    role: 'deep',
    thinkingStyle: 'budget',
    canDisableThinking: true,
    lifecycle: { status: 'retired', endOfLife: '2026-04-28' },
    minCacheTokens: 1_024,
    maxOutputTokens: 64_000,
    offers: onBedrock('anthropic.claude-3-7-sonnet-20250219-v1:0', 3, 15, 225),
  },
  {
    ...withoutThinking,
    id: 'claude-3-5-sonnet-v2',
    role: 'balanced',
    lifecycle: { status: 'retired', endOfLife: '2026-03-01' },
    maxOutputTokens: 8_192,
    offers: onBedrock('anthropic.claude-3-5-sonnet-20241022-v2:0', 3, 15, 175),
  },
  {
    ...withoutThinking,
    id: 'claude-3-5-haiku',
    role: 'fast',
    lifecycle: { status: 'retired', endOfLife: '2026-06-19' },
    maxOutputTokens: 8_192,
    offers: onBedrock('anthropic.claude-3-5-haiku-20241022-v1:0', 0.8, 4, 100),
  },
  {
    ...withoutThinking,
    id: 'claude-3-haiku',
    role: 'fast',
    lifecycle: { status: 'retired', endOfLife: '2026-09-10' },
    maxOutputTokens: 4_096,
    offers: onBedrock('anthropic.claude-3-haiku-20240307-v1:0', 0.25, 1.25, 125),
  },
  {
    ...withoutThinking,
    id: 'claude-3-opus',
    role: 'deep',
    // Gone with its generation; its last day is not on record here, so none is claimed.
    lifecycle: { status: 'retired', endOfLife: null },
    maxOutputTokens: 4_096,
    offers: onBedrock('anthropic.claude-3-opus-20240229-v1:0', 15, 75, 500),
  },
];
