import fc from 'fast-check';
import { expect, test } from 'vitest';
import { catalogue } from '../../../src/language/catalogue.ts';
import { configuredModel } from '../../../src/language/models/configured.ts';
import { usageCostUsd } from '../../../src/language/usage-cost.ts';

const haiku = { provider: 'bedrock', modelId: 'global.anthropic.claude-haiku-4-5-20251001-v1:0' };
const newHaiku = { provider: 'openrouter', modelId: 'anthropic/claude-haiku-5.5' };
const usage = (
  inputTokens: number,
  outputTokens: number,
  cachedInputTokens = 0,
  cacheWriteInputTokens = 0,
) => ({ inputTokens, outputTokens, cachedInputTokens, cacheWriteInputTokens });

test('prices are for a million tokens', () => {
  expect(usageCostUsd(haiku, usage(1_000_000, 0))).toBe(1);
  expect(usageCostUsd(haiku, usage(0, 1_000_000))).toBe(5);
  expect(usageCostUsd(haiku, usage(1_500, 80))).toBe(0.0019);
});

test('cached tokens are charged apart, and are part of the input', () => {
  expect(usageCostUsd(haiku, usage(10_000, 0, 10_000))).toBe(0.001);
  expect(usageCostUsd(haiku, usage(10_000, 0, 4_000))).toBe(0.0064);
  expect(usageCostUsd(haiku, usage(100, 0, 900))).toBe(usageCostUsd(haiku, usage(100, 0, 100)));
});

test('what is written to the cache is dearer than what is only read, and never counted beside it', () => {
  expect(usageCostUsd(haiku, usage(10_000, 0, 0, 10_000))).toBe(0.0125);
  // A thousand of each: fresh, from the cache, into the cache.
  expect(usageCostUsd(haiku, usage(3_000, 0, 1_000, 1_000))).toBe(0.00235);
  expect(usageCostUsd(haiku, usage(1_000, 0, 1_000, 1_000))).toBe(0.0001);
  const withoutCachePrice = { provider: 'bedrock', modelId: 'anthropic.claude-3-5-haiku-20241022-v1:0' };
  expect(usageCostUsd(withoutCachePrice, usage(1_000_000, 0, 0, 1_000_000))).toBe(0.8);
});

test('every token of a long prompt is charged at the price of long prompts', () => {
  expect(usageCostUsd(newHaiku, usage(100_000, 1_000))).toBe(0.0105);
  expect(usageCostUsd(newHaiku, usage(100_001, 1_000))).toBe(0.052501);
});

test('costs are whole micro-dollars, rounded, and never off by a binary fraction', () => {
  const offers = catalogue.flatMap(({ offers }) => offers).filter(({ price }) => price !== null);
  const anyTokens = fc.nat(90_000);
  fc.assert(
    fc.property(
      fc.constantFrom(...offers),
      anyTokens,
      anyTokens,
      ({ provider, modelId, price }, input, output) => {
        const cost = usageCostUsd({ provider, modelId }, usage(input, output))!;
        const exactHundredThousandths =
          BigInt(input) * BigInt(Math.round(price!.input * 1e5)) +
          BigInt(output) * BigInt(Math.round(price!.output * 1e5));
        expect(cost).toBe(Number((exactHundredThousandths + 50_000n) / 100_000n) / 1e6);
        expect(String(cost)).toMatch(/^\d+(\.\d{1,6})?$|^\de-6$/);
      },
    ),
  );
});

test('an unknown price is null and never zero', () => {
  expect(usageCostUsd({ provider: 'bedrock', modelId: 'who-knows' }, usage(1, 1))).toBeNull();
  const model = configuredModel({ provider: 'azure', modelId: 'mini', role: 'fast', region: null });
  expect(usageCostUsd({ provider: 'azure', modelId: 'mini' }, usage(1, 1), [model])).toBeNull();
});

test('a retired model can still be priced, so that old records can be read', () => {
  const retired = { provider: 'bedrock', modelId: 'anthropic.claude-3-5-haiku-20241022-v1:0' };
  expect(usageCostUsd(retired, usage(1_000_000, 1_000_000))).toBe(4.8);
});
