import type { CatalogueModel, Offer } from './catalogue-entry.ts';
import { claudeModels } from './models/claude.ts';
import { retiredModels } from './models/retired.ts';
import type { Rung } from './rung.ts';

export type { Area } from './areas.ts';
export type { CatalogueModel, FirstToken, Lifecycle, Offer, Price } from './catalogue-entry.ts';

/** Every model known, retired ones included, so that old records can still be read and priced. */
export const catalogue: readonly CatalogueModel[] = [...claudeModels, ...retiredModels];

/** Whether requests for the model can succeed on `today` (ISO date). */
export function isAlive({ lifecycle }: CatalogueModel, today: string): boolean {
  return lifecycle.endOfLife === null ? lifecycle.status !== 'retired' : today < lifecycle.endOfLife;
}

/** By our name or by any provider's id of it. */
export function findModel(
  name: string,
  models: readonly CatalogueModel[] = catalogue,
): CatalogueModel | null {
  const byId = models.find(model => model.id === name);
  return byId ?? models.find(model => model.offers.some(offer => offer.modelId === name)) ?? null;
}

/** What a rung's place sells, or null when the catalogue does not know it. */
export function findOffer(
  rung: Pick<Rung, 'provider' | 'modelId'>,
  models: readonly CatalogueModel[] = catalogue,
): Offer | null {
  const offers = models.flatMap(model => model.offers);
  return offers.find(offer => offer.provider === rung.provider && offer.modelId === rung.modelId) ?? null;
}

/** Speaks the language, as far as is known. `language` is BCP-47. */
export function speaks({ languages }: CatalogueModel, language: string): boolean {
  return languages === 'many' || languages.includes(language.split('-')[0]!.toLowerCase());
}
