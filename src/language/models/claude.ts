import type { CatalogueModel, FirstToken, Offer, Price } from '../catalogue-entry.ts';

/**
 * Claude models that can be asked today. On Bedrock they are asked by inference profile (`us.`, `eu.`, `jp.`, `global.`);
 * geographic profiles cost a tenth more than the global one, which may work on a request anywhere.
 *
 * Sources: AWS model cards and price list, checked 2026-10-05; Anthropic's model pages for Opus 5 and the 5.5 family, October
 * 2026. Those do not tell what Bedrock takes for these, nor where it sells them: see `priceFrom` and `confirmed`.
 */

const US = ['us-east-1', 'us-west-2', 'us-east-2'];
const EU = ['eu-central-1', 'eu-west-1', 'eu-west-3', 'eu-north-1'];
const JP = ['ap-northeast-1'];
const GLOBAL = [
  'us-east-1',
  'us-west-2',
  'eu-west-2',
  'eu-central-1',
  'eu-west-1',
  'ap-southeast-1',
  'ap-northeast-1',
];

const GEO_SURCHARGE = 1.1;

/** List price with Anthropic's usual cache prices: a read costs a tenth of the input, a write a quarter more. */
function price(input: number, output: number, cacheRead = input / 10): Price {
  return { input, output, cacheRead: exact(cacheRead), cacheWrite: exact(input * 1.25) };
}

function withSurcharge({ input, output, cacheRead, cacheWrite }: Price): Price {
  return {
    input: exact(input * GEO_SURCHARGE),
    output: exact(output * GEO_SURCHARGE),
    cacheRead: cacheRead === null ? null : exact(cacheRead * GEO_SURCHARGE),
    cacheWrite: cacheWrite === null ? null : exact(cacheWrite * GEO_SURCHARGE),
  };
}

/** Prices have at most five decimals; binary fractions have more. */
function exact(usd: number): number {
  return Math.round(usd * 100_000) / 100_000;
}

interface Sale {
  /** Foundation model id on Bedrock, without a profile. */
  bedrockId: string;
  /** Slug on OpenRouter. */
  slug: string;
  areas: readonly ('us' | 'eu' | 'jp')[];
  /** Those among `areas`, and the global profile, that nobody vouches for. Default: none. */
  assumed?: readonly ('us' | 'eu' | 'jp' | 'anywhere')[];
  /** Whose price it is on Bedrock. Default: Bedrock's. */
  priceFrom?: 'maker';
  price: Price;
  longPrompt?: { aboveTokens: number; price: Price };
  onBedrock: FirstToken;
  onOpenRouter: FirstToken;
}

const REGIONS = { us: US, eu: EU, jp: JP };

function offers(sale: Sale): Offer[] {
  const { bedrockId, slug, areas, assumed = [], longPrompt } = sale;
  const long = longPrompt ? { longPrompt } : {};
  const geoLong = longPrompt
    ? { longPrompt: { aboveTokens: longPrompt.aboveTokens, price: withSurcharge(longPrompt.price) } }
    : {};
  const onBedrock = {
    provider: 'bedrock',
    priceFrom: sale.priceFrom ?? 'seller',
    firstToken: sale.onBedrock,
  } as const;
  return [
    ...areas.map(
      (area): Offer => ({
        ...onBedrock,
        ...geoLong,
        modelId: `${area}.${bedrockId}`,
        area,
        confirmed: !assumed.includes(area),
        regions: REGIONS[area],
        price: withSurcharge(sale.price),
      }),
    ),
    {
      ...onBedrock,
      ...long,
      modelId: `global.${bedrockId}`,
      area: 'anywhere',
      confirmed: !assumed.includes('anywhere'),
      regions: GLOBAL,
      price: sale.price,
    },
    {
      ...long,
      provider: 'openrouter',
      modelId: slug,
      area: 'anywhere',
      confirmed: true,
      regions: null,
      price: sale.price,
      // OpenRouter passes the maker's price on.
      priceFrom: 'maker',
      firstToken: sale.onOpenRouter,
    },
  ];
}

function measured(ms: number, source: string): FirstToken {
  return { ms, grade: 'measured', source };
}

function estimated(ms: number, source: string): FirstToken {
  return { ms, grade: 'estimated', source };
}

const WARM_BEDROCK = 'warm median over OpenRouter pinned to Bedrock, network floor taken off; small sample';
const DIRECT = 'median from one machine on a 200-token prompt, Anthropic direct, March 2026; small sample';

const many = { tools: true, languages: 'many' } as const;

/** Thinks with a budget of tokens and lets itself be sampled. */
const budgeted = {
  ...many,
  thinkingStyle: 'budget',
  canDisableThinking: true,
  allowsSampling: true,
  allowsForcedTool: true,
} as const;

/** Thinks with an effort; refuses a temperature. */
const adaptive = {
  ...many,
  thinkingStyle: 'adaptive',
  canDisableThinking: true,
  allowsSampling: false,
  allowsForcedTool: true,
} as const;

export const claudeModels: readonly CatalogueModel[] = [
  {
    ...budgeted,
    id: 'claude-haiku-4-5',
    role: 'fast',
    lifecycle: { status: 'active', endOfLife: null, notBefore: '2026-10-01' },
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    minCacheTokens: 4_096,
    offers: offers({
      bedrockId: 'anthropic.claude-haiku-4-5-20251001-v1:0',
      slug: 'anthropic/claude-haiku-4.5',
      areas: ['us', 'eu', 'jp'],
      price: price(1, 5),
      onBedrock: measured(1_239, WARM_BEDROCK),
      onOpenRouter: measured(597, DIRECT),
    }),
  },
  {
    ...adaptive,
    id: 'claude-haiku-5-5',
    role: 'fast',
    lifecycle: { status: 'active', endOfLife: null },
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
    minCacheTokens: 4_096,
    offers: offers({
      bedrockId: 'anthropic.claude-haiku-5-5',
      slug: 'anthropic/claude-haiku-5.5',
      areas: ['us', 'eu', 'jp'],
      assumed: ['eu', 'jp', 'anywhere'],
      price: price(0.1, 0.5),
      priceFrom: 'maker',
      longPrompt: { aboveTokens: 100_000, price: price(0.5, 2.5) },
      onBedrock: estimated(1_239, 'as Haiku 4.5, until it is measured'),
      onOpenRouter: estimated(600, 'as Haiku 4.5, until it is measured'),
    }),
  },
  {
    ...budgeted,
    id: 'claude-sonnet-4-6',
    role: 'balanced',
    lifecycle: { status: 'legacy', endOfLife: null },
    contextTokens: 1_000_000,
    maxOutputTokens: 64_000,
    // Documented as 1,024; requests have shown no cache below this.
    minCacheTokens: 2_048,
    offers: offers({
      bedrockId: 'anthropic.claude-sonnet-4-6',
      slug: 'anthropic/claude-sonnet-4.6',
      areas: ['us', 'eu', 'jp'],
      price: price(3, 15),
      onBedrock: measured(1_641, WARM_BEDROCK),
      onOpenRouter: estimated(1_000, 'the same, less what Bedrock added for Haiku 4.5'),
    }),
  },
  {
    ...adaptive,
    id: 'claude-sonnet-5',
    role: 'balanced',
    lifecycle: { status: 'active', endOfLife: null },
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
    minCacheTokens: 1_024,
    offers: offers({
      bedrockId: 'anthropic.claude-sonnet-5',
      slug: 'anthropic/claude-sonnet-5',
      areas: ['us', 'eu'],
      price: price(2, 10),
      onBedrock: estimated(1_641, 'as Sonnet 4.6, until it is measured'),
      onOpenRouter: estimated(1_000, 'as Sonnet 4.6, until it is measured'),
    }),
  },
  {
    ...adaptive,
    id: 'claude-sonnet-5-5',
    role: 'deep',
    // Reports differ on whether thinking can be switched off; asking for a low effort is right either way.
    canDisableThinking: false,
    allowsForcedTool: false,
    lifecycle: { status: 'active', endOfLife: null },
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
    minCacheTokens: 1_024,
    offers: offers({
      bedrockId: 'anthropic.claude-sonnet-5-5',
      slug: 'anthropic/claude-sonnet-5.5',
      areas: ['us'],
      assumed: ['us'],
      // A read from the cache costs half of what is usual since 2026-10-07.
      price: price(2, 10, 0.1),
      priceFrom: 'maker',
      onBedrock: estimated(1_641, 'as Sonnet 4.6, until it is measured'),
      onOpenRouter: estimated(1_000, 'as Sonnet 4.6, until it is measured'),
    }),
  },
  {
    ...adaptive,
    id: 'claude-opus-4-8',
    role: 'deep',
    lifecycle: { status: 'legacy', endOfLife: null },
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
    minCacheTokens: 1_024,
    offers: offers({
      bedrockId: 'anthropic.claude-opus-4-8',
      slug: 'anthropic/claude-opus-4.8',
      areas: ['us', 'eu'],
      price: price(5, 25),
      onBedrock: estimated(2_200, 'a third above Sonnet 4.6'),
      onOpenRouter: estimated(1_600, 'a third above Sonnet 4.6'),
    }),
  },
  {
    ...adaptive,
    id: 'claude-opus-5',
    role: 'deep',
    lifecycle: { status: 'legacy', endOfLife: null, notBefore: '2027-07-24' },
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
    minCacheTokens: 512,
    offers: offers({
      bedrockId: 'anthropic.claude-opus-5',
      slug: 'anthropic/claude-opus-5',
      areas: ['us'],
      assumed: ['us', 'anywhere'],
      price: price(5, 25),
      priceFrom: 'maker',
      onBedrock: estimated(2_200, 'a third above Sonnet 4.6'),
      onOpenRouter: estimated(1_600, 'a third above Sonnet 4.6'),
    }),
  },
  {
    ...adaptive,
    id: 'claude-opus-5-5',
    role: 'deep',
    canDisableThinking: false,
    allowsForcedTool: false,
    lifecycle: { status: 'active', endOfLife: null },
    contextTokens: 1_000_000,
    maxOutputTokens: 128_000,
    minCacheTokens: 512,
    offers: offers({
      bedrockId: 'anthropic.claude-opus-5-5',
      slug: 'anthropic/claude-opus-5.5',
      areas: ['us'],
      assumed: ['us', 'anywhere'],
      price: price(4, 20, 0.2),
      priceFrom: 'maker',
      onBedrock: estimated(2_200, 'a third above Sonnet 4.6'),
      onOpenRouter: estimated(1_600, 'a third above Sonnet 4.6'),
    }),
  },
];
