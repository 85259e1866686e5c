import { catalogue, isAlive } from '../language/catalogue.ts';
import type { Offer } from '../language/catalogue-entry.ts';
import type { ModelRole } from '../language/rung.ts';
import type { RegionName } from './cloud-regions.ts';

/** A model that Bedrock sells in a region. */
export interface RegionModel {
  /** Our name of it. */
  id: string;
  role: ModelRole;
  /** Where a request that is sent there may be worked on; `anywhere` promises nothing. */
  areas: readonly Offer['area'][];
}

/** What the catalogue knows to be sold in the region on `today` (ISO date). */
export function modelsIn(region: RegionName, today: string): RegionModel[] {
  return catalogue
    .filter(model => isAlive(model, today))
    .map(({ id, role, offers }) => ({
      id,
      role,
      areas: offers.filter(offer => offer.regions?.includes(region)).map(({ area }) => area),
    }))
    .filter(({ areas }) => areas.length > 0);
}
