import type { ChatProvider } from '../language/chat.ts';
import type { ConfiguredModel } from '../language/models/configured.ts';
import type { ModelProviderName } from '../provider-settings.ts';
import { needed, type ProviderWorld } from './world.ts';

export interface OpenModels {
  chat: ChatProvider;
  regions: readonly string[] | null;
  configured: readonly ConfiguredModel[];
}

/** One entry a provider. Loaded only when chosen: an SDK costs a third of a second to load. */
export const models: Record<ModelProviderName, (world: ProviderWorld) => Promise<OpenModels>> = {
  async bedrock({ config, clock, log }) {
    const { openBedrockChat } = await import('./bedrock/open.ts');
    const chat = openBedrockChat({ clock, region: config.bedrockRegions[0] as string });
    for (const region of config.bedrockRegions)
      chat
        .prewarm(region)
        .catch(error => log.warn({ err: error }, `Bedrock in ${region} does not answer yet.`));
    return { chat, regions: config.bedrockRegions, configured: [] };
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
    return { chat, regions: null, configured: [] };
  },
  async 'azure-openai'({ config: { azureOpenAi }, clock }) {
    const { openAzureOpenAiChat } = await import('./openai-compatible/azure-openai.ts');
    const { endpoint, apiKey, deployment } = azureOpenAi;
    const chat = openAzureOpenAiChat({ endpoint: needed(endpoint), apiKey: needed(apiKey), clock });
    return { chat, regions: null, configured: [ownModel(chat.name, needed(deployment))] };
  },
  async 'openai-compatible'({ config: { openAiCompatible }, clock }) {
    const { openOpenAiCompatibleChat } = await import('./openai-compatible/openai-compatible.ts');
    const { url, apiKey, model } = openAiCompatible;
    const chat = openOpenAiCompatibleChat({ baseUrl: needed(url), apiKey, clock });
    return { chat, regions: null, configured: [ownModel(chat.name, needed(model))] };
  },
};

function ownModel(provider: string, modelId: string): ConfiguredModel {
  return { provider, modelId, role: 'balanced', region: null };
}
