import type { ModelRequest } from '../../runtime/ports.ts';
import { detourMs } from '../regions/preference.ts';
import { type Area, isWithin, listOf } from './areas.ts';
import { type CatalogueModel, catalogue, isAlive, type Offer, speaks } from './catalogue.ts';
import { demandOf } from './complexity.ts';
import { signOfInjection } from './prompts/injection.ts';
import { chooseRole, type RoleWishes } from './role-choice.ts';
import { type ModelRole, nameOf, type Plan, type Rung } from './rung.ts';
import { type ThinkingWishes, thinkingFor, thinkingMs } from './thinking.ts';

/** A ChatProvider that is open, and where it may be asked. */
export interface OpenProvider {
  name: string;
  /** Regions that the settings allow; null for a provider without regions. */
  regions: readonly string[] | null;
  /** Where it works on what it is sent, as the settings declare, for offers that promise nothing. Default null: unknown. */
  area?: Area | null;
}

export interface Wishes extends RoleWishes, ThinkingWishes {
  /** In the order that the settings prefer; a clearly faster one goes before them all the same. */
  providers: readonly OpenProvider[];
  /** ISO date: retired models are left out. */
  today: string;
  /** The caller's, ISO 3166-1 alpha-2. */
  country: string | null;
  /** Time to the first token that a turn should keep; null for none. */
  latencyTargetMs: number | null;
  /** Where the company lets its callers' words be worked on; null for anywhere. No place outside gets into a plan. */
  allowedAreas: readonly Area[] | null;
  /** Models by our names that the settings put first within their role, best first. */
  preferred: readonly string[];
  /** Default: the catalogue. */
  models?: readonly CatalogueModel[];
  /** What has been measured of late, in ms, in place of what the catalogue expects. */
  measuredMs?(provider: string, region: string | null, model: string): number | null;
}

/** A plan longer than this would outlast any turn. */
const MAX_RUNGS = 8;
/** The same model in more places than this adds nothing: what fails twice fails for another reason. */
const MAX_PLACES = 2;

const strength: Record<ModelRole, number> = { fast: 0, balanced: 1, deep: 2 };
/** A rung of another role comes after every rung of the right one. A weaker model is quicker, so it comes before a stronger. */
const WEAKER_MS = 10_000;
const STRONGER_MS = 25_000;
const NOT_PREFERRED_MS = 5_000;
/** So much comes a preferred model behind the one before it. */
const PREFERENCE_STEP_MS = 600;
/** A profile that may not exist is refused in every turn anew, so it comes behind those that do. */
const UNCONFIRMED_MS = 3_000;
const LEGACY_MS = 1_000;
/** So much faster has a provider to be than the one that the settings put before it. */
const NEXT_PROVIDER_MS = 700;

/** What a usual turn of a phone call is billed for. */
const TURN_TOKENS = { input: 1_500, output: 80 };
/** How many ms later an answer may come to save a dollar. */
const MS_PER_USD = { low: 500_000, balanced: 100_000, high: 10_000 };

interface Place {
  model: CatalogueModel;
  offer: Offer;
  /** Of the provider, as the settings declare. */
  area: Area | null;
  rung: Rung;
}

/** Where to ask about this request, in order, and why. Pure. */
export function planTurn(request: ModelRequest, wishes: Wishes): Plan {
  const demand = demandOf(request);
  const wanted = chooseRole(request, demand, wishes);
  const everywhere = openPlaces(request, wishes);
  const places = everywhere.filter(place => isAllowed(place, wishes));
  const role = withinTarget(wanted.role, places, wishes);
  const thinks = wishes.allowThinking && role === 'deep' && demand.pattern === 'reasoning';

  const ranked = rank(places, role, wishes).map(place => {
    const thinking = thinkingFor(place.model, thinks, wishes);
    return { ...place, rung: { ...place.rung, thinking } };
  });
  const rungs = shorten(ranked).map(({ rung }) => rung);
  const forbidden = betterElsewhere(rungs[0], everywhere, wanted.role, wishes);
  const because = explain(rungs, { ...wanted, role, wanted: wanted.role, forbidden }, wishes);
  return { rungs, because: because + warning(request) };
}

function rank(places: readonly Place[], role: ModelRole, wishes: Wishes): Place[] {
  return places
    .map(place => ({ place, scoreMs: score(place, role, wishes) }))
    .sort((one, other) => one.scoreMs - other.scoreMs)
    .map(({ place }) => place);
}

/** Where the same would be asked if it were allowed; null where that makes no difference. */
function betterElsewhere(
  first: Rung | undefined,
  everywhere: readonly Place[],
  wanted: ModelRole,
  wishes: Wishes,
): Rung | null {
  if (!wishes.allowedAreas || !first) return null;
  const [best] = rank(everywhere, withinTarget(wanted, everywhere, wishes), wishes);
  return best && !isAllowed(best, wishes) ? best.rung : null;
}

function isAllowed({ offer, area }: Place, { allowedAreas }: Wishes): boolean {
  return isWithin(allowedAreas, offer.area === 'anywhere' ? area : offer.area);
}

function openPlaces(request: ModelRequest, wishes: Wishes): Place[] {
  const models = wishes.models ?? catalogue;
  const usable = models.filter(
    model =>
      isAlive(model, wishes.today) &&
      speaks(model, request.language) &&
      // Choices are tools to a model: where there is anything to choose, it must be able to call them.
      (model.tools || (request.flow.choices.length === 0 && request.flow.tools.length === 0)),
  );
  return usable.flatMap(model => model.offers.flatMap(offer => placesOf(model, offer, wishes)));
}

function placesOf(model: CatalogueModel, offer: Offer, wishes: Wishes): Place[] {
  const provider = wishes.providers.find(({ name }) => name === offer.provider);
  if (!provider) return [];
  const regions = regionsOf(offer, provider);
  return regions.map(region => {
    const measuredMs = wishes.measuredMs?.(offer.provider, region, model.id) ?? null;
    const expectedMs = offer.firstToken.ms + detourMs(wishes.country, region) + thinkingMs(model);
    const firstTokenMs = measuredMs ?? expectedMs;
    const { provider: name, modelId } = offer;
    const rung: Rung = {
      provider: name,
      region,
      model: model.id,
      modelId,
      role: model.role,
      firstTokenMs,
      thinking: { style: 'none' },
    };
    return { model, offer, area: provider.area ?? null, rung };
  });
}

function regionsOf({ regions }: Offer, provider: OpenProvider): readonly (string | null)[] {
  if (regions === null) return [null];
  return regions.filter(region => provider.regions === null || provider.regions.includes(region));
}

/** The most capable role, up to the wanted one, that keeps the latency target. The fastest when none does. */
function withinTarget(wanted: ModelRole, places: readonly Place[], { latencyTargetMs }: Wishes): ModelRole {
  if (latencyTargetMs === null) return wanted;
  const inTime = (['deep', 'balanced', 'fast'] as const).filter(
    role =>
      strength[role] <= strength[wanted] &&
      places.some(({ rung }) => rung.role === role && rung.firstTokenMs <= latencyTargetMs),
  );
  return inTime[0] ?? 'fast';
}

function score({ model, offer, rung }: Place, role: ModelRole, wishes: Wishes): number {
  const away = strength[rung.role] - strength[role];
  const otherRoleMs = away > 0 ? away * STRONGER_MS : -away * WEAKER_MS;
  const costUsd = turnCostUsd(offer);
  return (
    rung.firstTokenMs +
    otherRoleMs +
    wishes.providers.findIndex(({ name }) => name === rung.provider) * NEXT_PROVIDER_MS +
    preferenceMs(model, wishes) +
    (offer.confirmed ? 0 : UNCONFIRMED_MS) +
    (model.lifecycle.status === 'legacy' ? LEGACY_MS : 0) +
    costUsd * MS_PER_USD[wishes.spending]
  );
}

function preferenceMs({ id }: CatalogueModel, { preferred }: Wishes): number {
  if (preferred.length === 0) return 0;
  const at = preferred.indexOf(id);
  return at < 0 ? NOT_PREFERRED_MS : Math.min(at * PREFERENCE_STEP_MS, NOT_PREFERRED_MS - PREFERENCE_STEP_MS);
}

/** Unknown prices count as those of a balanced model. */
function turnCostUsd({ price }: Offer): number {
  const { input, output } = price ?? { input: 2, output: 10 };
  return (TURN_TOKENS.input * input + TURN_TOKENS.output * output) / 1_000_000;
}

/** The best of each model and place, and of every provider at least one rung. */
function shorten(ranked: readonly Place[]): Place[] {
  const kept: Place[] = [];
  for (const candidate of ranked) {
    const same = kept.filter(
      ({ rung }) => rung.provider === candidate.rung.provider && rung.model === candidate.rung.model,
    );
    if (same.length >= MAX_PLACES || same.some(({ rung }) => rung.region === candidate.rung.region)) continue;
    kept.push(candidate);
  }
  const short = kept.slice(0, MAX_RUNGS);
  const missing = kept.slice(MAX_RUNGS).filter(({ rung }, at, rest) => {
    const seen = [...short, ...rest.slice(0, at)];
    return !seen.some(other => other.rung.provider === rung.provider);
  });
  return [...short, ...missing];
}

/** For the record; it changes nothing for the caller. */
function warning({ said }: ModelRequest): string {
  const sign = said === null ? null : signOfInjection(said);
  return sign === null ? '' : ` The words look like instructions to the model (${sign}).`;
}

function explain(
  rungs: readonly Rung[],
  choice: { role: ModelRole; wanted: ModelRole; why: string; forbidden: Rung | null },
  { latencyTargetMs, allowedAreas, preferred }: Wishes,
): string {
  const [first] = rungs;
  if (!first) {
    const within = allowedAreas ? ` within ${listOf(allowedAreas)}` : '';
    return `No model that is alive, open and allowed${within} can be asked.`;
  }
  const { role, wanted, why, forbidden } = choice;
  const only = allowedAreas ? `${listOf(allowedAreas)} only, so ` : '';
  const not = forbidden ? ` and not ${nameOf(forbidden)}` : '';
  const details = [
    first.role + (role === wanted ? '' : `, brought down from ${wanted} to keep ${latencyTargetMs} ms`),
    ...(preferred.includes(first.model) ? ['preferred by the settings'] : []),
    ...(first.thinking.style === 'none' ? [] : ['thinking']),
    `about ${Math.round(first.firstTokenMs)} ms`,
  ];
  const others =
    rungs.length === 1 ? 'with no other place to turn to' : `with ${rungs.length - 1} more to turn to`;
  return `${only}${nameOf(first)}${not} (${details.join(', ')}), because ${why}; ${others}.`;
}
