import { type CatalogueModel, findOffer } from './catalogue.ts';
import type { ChatUsage } from './chat.ts';
import type { Rung } from './rung.ts';

type Tokens = Omit<ChatUsage, 'costUsd'>;

/**
 * What a usage costs in USD by the catalogue, rounded to the micro-dollar; null when the price is unknown.
 * What came from the provider's cache and what was written to it are parts of `inputTokens`, each at its own price.
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
  const written = Math.min(usage.cacheWriteInputTokens, usage.inputTokens - cached);
  const scaled =
    millionths(usage.inputTokens - cached - written, price.input) +
    millionths(cached, price.cacheRead ?? price.input) +
    millionths(written, price.cacheWrite ?? price.input) +
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
