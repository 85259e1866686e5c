import { type Area, listOf } from './language/areas.ts';
import { catalogue } from './language/catalogue.ts';

/** What of the settings tells where providers work. */
export interface Places {
  bedrockRegions: readonly string[];
  deepgram: Declared & { url: string | null };
  azureSpeech: Declared & { region: string; endpoint: string | null };
  openRouter: Declared;
  azureOpenAi: Declared;
  openAiCompatible: Declared;
}

/** `area`: as a setting declares it, null for none. */
interface Declared {
  area: Area | null;
}

/** The settings that declare an area, by provider. */
const declaredBy: Record<string, string> = {
  deepgram: 'DEEPGRAM_AREA',
  azure: 'AZURE_SPEECH_AREA',
  openrouter: 'OPENROUTER_AREA',
  'azure-openai': 'AZURE_OPENAI_AREA',
  'openai-compatible': 'OPENAI_COMPATIBLE_AREA',
};

/**
 * Hosts that promise an area. The others do not: Deepgram's default endpoint is global, and OpenRouter's European one takes
 * in the United Kingdom and Switzerland. (developers.deepgram.com/reference/regional-endpoints)
 */
const areaOfHost: Record<string, Area> = { 'api.eu.deepgram.com': 'eu' };

/** Azure works on speech in the region of the resource. */
const azureRegions: Record<Area, readonly string[]> = {
  us: [
    'centralus',
    'eastus',
    'eastus2',
    'northcentralus',
    'southcentralus',
    'westcentralus',
    'westus',
    'westus2',
    'westus3',
  ],
  eu: ['francecentral', 'germanywestcentral', 'italynorth', 'northeurope', 'swedencentral', 'westeurope'],
  uk: ['uksouth', 'ukwest'],
  ca: ['canadacentral', 'canadaeast'],
  jp: ['japaneast', 'japanwest'],
  au: ['australiaeast'],
  sg: ['southeastasia'],
};

/** Where a provider works on what it is sent; null where neither its address nor a setting tells. */
export function areaOf(provider: string, places: Places): Area | null {
  switch (provider) {
    case 'deepgram':
      return areaAt(places.deepgram.url) ?? places.deepgram.area;
    case 'azure':
      return (places.azureSpeech.endpoint === null ? azureArea(places) : null) ?? places.azureSpeech.area;
    case 'openrouter':
      return places.openRouter.area;
    case 'azure-openai':
      return places.azureOpenAi.area;
    case 'openai-compatible':
      return places.openAiCompatible.area;
    default:
      return null;
  }
}

/** The regions among `regions` that sell a model which stays in the areas. Null allows all. */
export function bedrockRegionsWithin(
  allowed: readonly Area[] | null,
  regions: readonly string[],
): readonly string[] {
  if (allowed === null) return regions;
  const selling = regionsSelling(allowed);
  return regions.filter(region => selling.has(region));
}

/**
 * Why a provider may not be sent a caller's words, with what to write instead; null when it may. What is embedded works on
 * this machine, and so is always allowed.
 */
export function refusal(provider: string, allowed: readonly Area[] | null, places: Places): string | null {
  if (allowed === null || provider === 'embedded') return null;
  const within = listOf(allowed);
  if (provider === 'bedrock') {
    if (bedrockRegionsWithin(allowed, places.bedrockRegions).length > 0) return null;
    const selling = [...regionsSelling(allowed)];
    return selling.length === 0
      ? `bedrock sells no model that stays in ${within}: leave it out.`
      : `bedrock has to stay in ${within}: write some of ${selling.join(', ')} in BEDROCK_REGIONS, or leave it out.`;
  }

  const area = areaOf(provider, places);
  if (area === null)
    return (
      `${provider} has to stay in ${within}, and where it works is not known: ` +
      `write the area that it promises in ${declaredBy[provider]}, or leave it out.`
    );
  if (allowed.includes(area)) return null;
  return `${provider} works in ${area}, and callers' words have to stay in ${within}: leave it out.`;
}

function regionsSelling(allowed: readonly Area[]): ReadonlySet<string> {
  const offers = catalogue
    .filter(({ lifecycle }) => lifecycle.status !== 'retired')
    .flatMap(model => model.offers)
    .filter(({ provider, area }) => provider === 'bedrock' && area !== 'anywhere' && allowed.includes(area));
  return new Set(offers.flatMap(({ regions }) => regions ?? []));
}

function areaAt(url: string | null): Area | null {
  return url === null ? null : (areaOfHost[new URL(url).hostname] ?? null);
}

function azureArea({ azureSpeech }: Places): Area | null {
  const found = Object.entries(azureRegions).find(([, regions]) => regions.includes(azureSpeech.region));
  return (found?.[0] as Area | undefined) ?? null;
}
