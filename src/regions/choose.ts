import { listOf } from '../language/areas.ts';
import { type Assessment, assessRegions, type RegionRequest, type RegionView } from './assess.ts';
import type { RegionName } from './cloud-regions.ts';

/** Where a call goes. */
export interface ChosenRegion {
  region: RegionName;
  /** The origin under which it takes calls. */
  url: string;
  /** Why, in one sentence, for the record. */
  text: string;
  /** Where to turn when it fails, best first. */
  others: readonly { region: RegionName; url: string }[];
}

export type RegionChoice = ChosenRegion | { refusal: string };

type Usable = Assessment & { url: string; score: NonNullable<Assessment['score']> };

/**
 * The best region for a caller among those where their data may be; a sentence when none of these takes calls. What residency
 * forbids is never chosen, nor among the others, whatever is down. Pure.
 */
export function chooseRegion(request: RegionRequest, regions: readonly RegionView[]): RegionChoice {
  const assessed = assessRegions(request, regions);
  const ranked = assessed
    .filter((one): one is Usable => one.score !== null)
    .sort((one, other) => one.score.totalMs - other.score.totalMs);
  const [best, ...rest] = ranked;
  if (!best) return { refusal: refusalOf(request, assessed) };
  return {
    region: best.name,
    url: best.url,
    text: explain(request, best, assessed, rest.length),
    others: rest.map(({ name, url }) => ({ region: name, url })),
  };
}

function refusalOf({ residency }: RegionRequest, assessed: readonly Assessment[]): string {
  const allowed = assessed.filter(one => one.allowed);
  if (residency && allowed.length === 0)
    return `The data has to stay in ${listOf(residency)}, and no region is there: allow one of the areas where one is.`;
  const only = residency ? ` in ${listOf(residency)}, where the data has to stay,` : '';
  return `No region${only} takes calls: ${allowed.map(({ name, why }) => `${name} ${why}`).join('; ')}.`;
}

function explain(
  { country, residency }: RegionRequest,
  best: Usable,
  assessed: readonly Assessment[],
  others: number,
): string {
  const only = residency ? `${listOf(residency)} only, so ` : '';
  const whose = country ? ` for ${country.toUpperCase()}` : '';
  const turn = others === 0 ? 'with no other to turn to' : `with ${others} more to turn to`;
  return `${only}${best.name}${whose} (${best.why}), because ${reason(best, assessed)}; ${turn}.`;
}

/** What speaks for it against those that come before it in the caller's order. */
function reason(best: Usable, assessed: readonly Assessment[]): string {
  const before = assessed.slice(0, assessed.indexOf(best));
  if (before.length === 0) return 'it is the nearest';
  return before
    .map(({ name, score, why }) => `${name} ${score ? `would take longer (${why})` : why}`)
    .join(' and ');
}
