import type { ModelRequest } from '../../runtime/ports.ts';
import { type Area, type CatalogueModel, catalogue, isAlive, type Offer, speaks } from './catalogue.ts';
import { demandOf } from './complexity.ts';
import { signOfInjection } from './prompts/injection.ts';
import { detourMs } from './regions.ts';
import { chooseRole, type RoleWishes } from './role-choice.ts';
import { type ModelRole, nameOf, type Plan, type Rung } from './rung.ts';
import { type ThinkingWishes, thinkingFor, thinkingMs } from './thinking.ts';

/** A ChatProvider that is open, and where it may be asked. */
export interface OpenProvider {
  name: string;
  /** Regions that the settings allow; null for a provider without regions. */
  regions: readonly string[] | null;
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
  /** Where the company lets its callers' words be worked on; null for anywhere. */
  allowedAreas: readonly Area[] | null;
  /** Models by our names that the settings put first within their role. */
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

const rank: Record<ModelRole, number> = { fast: 0, balanced: 1, deep: 2 };
/** A rung of another role comes after every rung of the right one. A weaker model is quicker, so it comes before a stronger. */
const WEAKER_MS = 10_000;
const STRONGER_MS = 25_000;
const NOT_PREFERRED_MS = 5_000;
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
  rung: Rung;
}

/** Where to ask about this request, in order, and why. Pure. */
export function planTurn(request: ModelRequest, wishes: Wishes): Plan {
  const demand = demandOf(request);
  const wanted = chooseRole(request, demand, wishes);
  const places = openPlaces(request, wishes);
  const role = withinTarget(wanted.role, places, wishes);
  const thinks = wishes.allowThinking && role === 'deep' && demand.pattern === 'reasoning';

  const ranked = places
    .map(place => {
      const thinking = thinkingFor(place.model, thinks, wishes);
      return { ...place, rung: { ...place.rung, thinking }, scoreMs: score(place, role, wishes) };
    })
    .sort((one, other) => one.scoreMs - other.scoreMs);
  const rungs = shorten(ranked).map(({ rung }) => rung);
  return { rungs, because: explain(rungs, { ...wanted, role }, wanted.role, wishes) + warning(request) };
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
  const { allowedAreas, providers } = wishes;
  const provider = providers.find(({ name }) => name === offer.provider);
  if (!provider || (allowedAreas && !allowedAreas.includes(offer.area))) return [];
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
    return { model, offer, rung };
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
      rank[role] <= rank[wanted] &&
      places.some(({ rung }) => rung.role === role && rung.firstTokenMs <= latencyTargetMs),
  );
  return inTime[0] ?? 'fast';
}

function score({ model, offer, rung }: Place, role: ModelRole, wishes: Wishes): number {
  const away = rank[rung.role] - rank[role];
  const otherRoleMs = away > 0 ? away * STRONGER_MS : -away * WEAKER_MS;
  const preferred = wishes.preferred.length === 0 || wishes.preferred.includes(model.id);
  const costUsd = turnCostUsd(offer);
  return (
    rung.firstTokenMs +
    otherRoleMs +
    wishes.providers.findIndex(({ name }) => name === rung.provider) * NEXT_PROVIDER_MS +
    (preferred ? 0 : NOT_PREFERRED_MS) +
    (model.lifecycle.status === 'legacy' ? LEGACY_MS : 0) +
    costUsd * MS_PER_USD[wishes.spending]
  );
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
  { role, why }: { role: ModelRole; why: string },
  wanted: ModelRole,
  { latencyTargetMs, allowedAreas }: Wishes,
): string {
  const [first] = rungs;
  const residency = allowedAreas ? ` within ${allowedAreas.join(' and ')}` : '';
  if (!first) return `No model that is alive, open and allowed${residency} can be asked.`;
  const target = role === wanted ? '' : `, brought down from ${wanted} to keep ${latencyTargetMs} ms`;
  const thinks = first.thinking.style === 'none' ? '' : ', thinking';
  const others =
    rungs.length === 1 ? 'with no other place to turn to' : `with ${rungs.length - 1} more to turn to`;
  return `${nameOf(first)}${residency} (${first.role}${target}${thinks}, about ${Math.round(first.firstTokenMs)} ms), because ${why}; ${others}.`;
}
