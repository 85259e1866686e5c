import { expect, test } from 'vitest';
import {
  type CatalogueModel,
  catalogue,
  findModel,
  findOffer,
  isAlive,
  speaks,
} from '../../../src/language/catalogue.ts';
import { configuredModel } from '../../../src/language/models/configured.ts';

const TODAY = '2026-11-21';
const offers = catalogue.flatMap(model => model.offers.map(offer => ({ model, offer })));

test('names and ids are given once', () => {
  const ids = catalogue.map(({ id }) => id);
  const places = offers.map(({ offer }) => `${offer.provider} ${offer.modelId}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect(new Set(places).size).toBe(places.length);
});

test('every figure makes sense', () => {
  for (const { model, offer } of offers) {
    const name = `${model.id} on ${offer.provider}`;
    const { price, longPrompt } = offer;
    for (const one of [price, longPrompt?.price]) {
      if (!one) continue;
      expect(one.output, name).toBeGreaterThan(one.input);
      if (one.cacheRead !== null) expect(one.cacheRead, name).toBeLessThan(one.input);
      if (one.cacheWrite !== null) expect(one.cacheWrite, name).toBeGreaterThan(one.input);
    }
    if (price && longPrompt) expect(longPrompt.price.input, name).toBeGreaterThan(price.input);
    expect(model.maxOutputTokens, name).toBeLessThan(model.contextTokens);
    expect(offer.firstToken.ms, name).toBeGreaterThan(0);
    expect(offer.firstToken.source, name).not.toBe('');
    expect(offer.regions === null || offer.regions.length > 0, name).toBe(true);
    // A price beyond this is one for a thousand tokens, or a slip.
    expect(price?.output ?? 0, name).toBeLessThanOrEqual(75);
  }
});

test('what a model can do hangs together', () => {
  for (const model of catalogue) {
    if (model.thinkingStyle === 'none') expect(model.canDisableThinking, model.id).toBe(true);
    if (model.thinkingStyle === 'adaptive') expect(model.allowsSampling, model.id).toBe(false);
    if (!model.canDisableThinking) expect(model.allowsForcedTool, model.id).toBe(false);
  }
});

test("today's models on Bedrock are asked by inference profile, and a profile keeps to its area", () => {
  const today = offers.filter(({ model, offer }) => offer.provider === 'bedrock' && isAlive(model, TODAY));
  const prefixes: Record<string, string> = { us: 'us-', eu: 'eu-', jp: 'ap-northeast-', anywhere: '' };
  for (const { offer } of today) {
    const profile = offer.area === 'anywhere' ? 'global' : offer.area;
    expect(offer.modelId).toMatch(new RegExp(`^${profile}\\.anthropic\\.claude-`));
    for (const region of offer.regions!) expect(region.startsWith(prefixes[offer.area]!)).toBe(true);
  }
  const areas = new Map(today.map(({ offer }) => [offer.modelId, offer.price!.input]));
  expect(areas.get('us.anthropic.claude-haiku-4-5-20251001-v1:0')).toBe(1.1);
  expect(areas.get('global.anthropic.claude-haiku-4-5-20251001-v1:0')).toBe(1);
});

test("what nobody vouches for is marked: places, and prices that are not the seller's own", () => {
  for (const { model, offer } of offers) {
    const name = `${model.id} on ${offer.provider} (${offer.area})`;
    expect(offer.priceFrom === null, name).toBe(offer.price === null);
    if (offer.provider !== 'bedrock') expect(offer.priceFrom, name).not.toBe('seller');
    // Bedrock's own price list was last read before these were sold.
    if (/-5-5$|opus-5$/.test(model.id) && offer.provider === 'bedrock')
      expect(offer.priceFrom, name).toBe('maker');
  }
  const unconfirmed = offers.filter(({ offer }) => !offer.confirmed).map(({ offer }) => offer.modelId);
  expect(unconfirmed).toContain('eu.anthropic.claude-haiku-5-5');
  expect(unconfirmed).not.toContain('us.anthropic.claude-haiku-5-5');
  expect(unconfirmed).not.toContain('eu.anthropic.claude-haiku-4-5-20251001-v1:0');
});

test.each([
  ['claude-3-5-sonnet-v2', '2026-03-01'],
  ['claude-3-7-sonnet', '2026-04-28'],
  ['claude-3-5-haiku', '2026-06-19'],
  ['claude-3-haiku', '2026-09-10'],
])('%s lived until %s and not a day longer', (id, endOfLife) => {
  const model = findModel(id)!;
  const dayBefore = new Date(Date.parse(endOfLife) - 86_400_000).toISOString().slice(0, 10);
  expect(isAlive(model, dayBefore)).toBe(true);
  expect(isAlive(model, endOfLife)).toBe(false);
  expect(isAlive(model, TODAY)).toBe(false);
});

test('a model that is retired without a date is not alive on any day', () => {
  expect(isAlive(findModel('claude-3-opus')!, '2024-06-01')).toBe(false);
});

test('models are found by our name and by what providers call them', () => {
  expect(findModel('claude-sonnet-5')?.role).toBe('balanced');
  expect(findModel('eu.anthropic.claude-sonnet-5')?.id).toBe('claude-sonnet-5');
  expect(findModel('anthropic/claude-haiku-4.5')?.id).toBe('claude-haiku-4-5');
  expect(findModel('gpt-7')).toBeNull();
  expect(findOffer({ provider: 'openrouter', modelId: 'us.anthropic.claude-sonnet-5' })).toBeNull();
});

test('a model that only the settings know claims nothing that they do not say', () => {
  const model = configuredModel({
    provider: 'azure',
    modelId: 'voice-mini',
    role: 'fast',
    region: 'swedencentral',
  });
  expect(model.offers).toEqual([
    expect.objectContaining({ provider: 'azure', regions: ['swedencentral'], price: null, area: 'anywhere' }),
  ]);
  expect(isAlive(model, TODAY)).toBe(true);
});

test('languages are told by their primary tag', () => {
  const model: CatalogueModel = { ...findModel('claude-haiku-4-5')!, languages: ['en', 'yue'] };
  expect([speaks(model, 'en-GB'), speaks(model, 'yue-HK'), speaks(model, 'de-DE')]).toEqual([
    true,
    true,
    false,
  ]);
});
