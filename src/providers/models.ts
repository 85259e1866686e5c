import type { Area } from '../language/areas.ts';
import type { ChatProvider } from '../language/chat.ts';
import type { ConfiguredModel } from '../language/models/configured.ts';
import type { ModelProviderName } from '../provider-settings.ts';
import { needed, type ProviderWorld } from './world.ts';

export interface OpenModels {
  chat: ChatProvider;
  regions: readonly string[] | null;
  /** Where it works on what it is sent, as the settings declare; null where offers promise it, or nobody does. */
  area: Area | null;
  /** A company may bring a key of its own. */
  takesOwnKeys: boolean;
  /** Opens connections before the first turn needs them; once a region. */
  prewarm?(region: string): void;
  configured: readonly ConfiguredModel[];
}

/** One entry a provider. Loaded only when chosen: an SDK costs a third of a second to load. */
export const models: Record<ModelProviderName, (world: ProviderWorld) => Promise<OpenModels>> = {
  async bedrock({ config, clock, log }) {
    const { openBedrockChat } = await import('./bedrock/open.ts');
    const chat = openBedrockChat({ clock, region: config.bedrockRegions[0] as string });
    const warm = new Set<string>();
    function prewarm(region: string) {
      if (warm.has(region)) return;
      warm.add(region);
      const failed = (error: Error) => log.warn({ err: error }, `Bedrock in ${region} does not answer yet.`);
      chat.prewarm(region).catch(failed);
    }
    const regions = config.bedrockRegions;
    return { chat, regions, area: null, takesOwnKeys: false, prewarm, configured: [] };
  },
  async openrouter({ config: { openRouter }, clock, companies }) {
    const { openOpenRouterChat } = await import('./openai-compatible/openrouter.ts');
    const baseUrl = openRouter.url;
    const chat = openOpenRouterChat({
      apiKey: needed(openRouter.apiKey),
      clock,
      ...(baseUrl && { baseUrl }),
      ...(companies && { payerOf: companies.payerOf }),
    });
    companies?.audit(chat);
    const { area } = openRouter;
    return { chat, regions: null, area, takesOwnKeys: companies != null, configured: [] };
  },
  async 'azure-openai'({ config: { azureOpenAi }, clock }) {
    const { openAzureOpenAiChat } = await import('./openai-compatible/azure-openai.ts');
    const { endpoint, apiKey, deployment, area } = azureOpenAi;
    const chat = openAzureOpenAiChat({ endpoint: needed(endpoint), apiKey: needed(apiKey), clock });
    return { ...ours, chat, area, configured: [ownModel(chat.name, needed(deployment))] };
  },
  async 'openai-compatible'({ config: { openAiCompatible }, clock }) {
    const { openOpenAiCompatibleChat } = await import('./openai-compatible/openai-compatible.ts');
    const { url, apiKey, model, area } = openAiCompatible;
    const chat = openOpenAiCompatibleChat({ baseUrl: needed(url), apiKey, clock });
    return { ...ours, chat, area, configured: [ownModel(chat.name, needed(model))] };
  },
};

/** One address, and the installation's key. */
const ours = { regions: null, takesOwnKeys: false };

function ownModel(provider: string, modelId: string): ConfiguredModel {
  return { provider, modelId, role: 'balanced', region: null };
}
