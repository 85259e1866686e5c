import type { Area } from '../areas.ts';
import type { CatalogueModel, Price } from '../catalogue-entry.ts';
import type { ModelRole } from '../rung.ts';

export interface ConfiguredModel {
  /** Name of the ChatProvider, as `azure`. */
  provider: string;
  /** What the provider is asked for: a deployment on Azure, a slug, a model name. */
  modelId: string;
  role: ModelRole;
  /** Null for a provider without regions. */
  region: string | null;
  /** Where it is worked on, as the settings declare; null when nobody promises anything. */
  area?: Area | null;
  /** USD for a million tokens. Left out, costs are unknown. */
  price?: Price;
  /** Expected; default 700. */
  firstTokenMs?: number;
  contextTokens?: number;
  maxOutputTokens?: number;
  /** False for reasoning models that refuse a temperature. Default true. */
  allowsSampling?: boolean;
}

/** A model that only the settings know: an Azure deployment, an OpenAI-compatible server, a gateway's newest. */
export function configuredModel(settings: ConfiguredModel): CatalogueModel {
  const { provider, modelId, role, region } = settings;
  return {
    id: modelId,
    role,
    lifecycle: { status: 'active', endOfLife: null },
    contextTokens: settings.contextTokens ?? 128_000,
    maxOutputTokens: settings.maxOutputTokens ?? 4_096,
    thinkingStyle: 'none',
    canDisableThinking: true,
    allowsSampling: settings.allowsSampling ?? true,
    allowsForcedTool: true,
    minCacheTokens: null,
    tools: true,
    languages: 'many',
    offers: [
      {
        provider,
        modelId,
        area: settings.area ?? 'anywhere',
        regions: region === null ? null : [region],
        confirmed: true,
        price: settings.price ?? null,
        priceFrom: settings.price ? 'settings' : null,
        firstToken: { ms: settings.firstTokenMs ?? 700, grade: 'estimated', source: 'the settings' },
      },
    ],
  };
}
