import { type CatalogueModel, findOffer } from './catalogue.ts';
import type { ChatUsage } from './chat.ts';
import type { Rung } from './rung.ts';

type Tokens = Pick<ChatUsage, 'inputTokens' | 'outputTokens' | 'cachedInputTokens'>;

/**
 * What a usage costs in USD by the catalogue, rounded to the micro-dollar; null when the price is unknown.
 * `inputTokens` are all that were read, `cachedInputTokens` those of them that came from the provider's cache.
 */
export function usageCostUsd(
  rung: Pick<Rung, 'provider' | 'modelId'>,
  usage: Tokens,
  models?: readonly CatalogueModel[],
): number | null {
  const offer = findOffer(rung, models);
  if (!offer?.price) return null;
  const { longPrompt } = offer;
  const price = longPrompt && usage.inputTokens > longPrompt.aboveTokens ? longPrompt.price : offer.price;
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const scaled =
    millionths(usage.inputTokens - cached, price.input) +
    millionths(cached, price.cacheRead ?? price.input) +
    millionths(usage.outputTokens, price.output);
  return Number((scaled + HALF) / SCALE) / 1_000_000;
}

/** Prices have at most five decimals, so that whole numbers hold them exactly. */
const SCALE = 100_000n;
const HALF = SCALE / 2n;

/** Micro-dollars times `SCALE`: a price for a million tokens in USD is one for a token in micro-dollars. */
function millionths(tokens: number, usdPerMillion: number): bigint {
  return BigInt(tokens) * BigInt(Math.round(usdPerMillion * Number(SCALE)));
}
