import type { AnyStateMachine } from 'xstate';
import type { Providers } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LanguageModel, Recognition, Synthesis } from '../../runtime/ports.ts';
import type { Config } from '../config.ts';
import type { ChatProvider } from '../language/chat.ts';
import type { ConfiguredModel } from '../language/models/configured.ts';
import { openLanguage } from '../language/open.ts';
import type { Logger } from '../log.ts';
import type { ModelProviderName } from '../provider-settings.ts';
import { speakable } from '../text/speakable-synthesis.ts';
import { openTools } from '../tools/index.ts';
import { openNavigator } from './embedded/navigator/navigator.ts';
import { openSileroVoiceActivity } from './embedded/voice-activity/silero.ts';
import { fallbackRecognition, fallbackSynthesis } from './fallback.ts';

export interface ProviderWorld {
  config: Config;
  clock: Clock;
  log: Logger;
  /** 0 … 1, for jitter. */
  random(): number;
}

export interface OpenProviders extends Providers {
  close(): Promise<void>;
}

/** Callers wait so long to be heard again; then another recogniser listens. */
const HEARING_GIVES_UP_AFTER_MS = 4_000;
/** How long the sample back office takes. */
const TOOL_DELAY_MS = 400;

type Open<Port> = (world: ProviderWorld) => Promise<Port>;

/** One entry a provider; the settings name them. Loaded only when chosen: an SDK costs a third of a second to load. */
const recognitions: Record<Config['sttProvider'], Open<Recognition>> = {
  async embedded({ config, log }) {
    const { openPocketSphinxRecognition } = await import('./embedded/recognition/pocketsphinx.ts');
    return openPocketSphinxRecognition({ dataDir: config.dataDir, log });
  },
  async deepgram(world) {
    const { openDeepgramRecognition } = await import('./deepgram/recognition/open.ts');
    return openDeepgramRecognition({
      ...deepgramAccess(world),
      model: world.config.deepgram.model,
      giveUpAfterMs: HEARING_GIVES_UP_AFTER_MS,
    });
  },
  async azure(world) {
    const { openAzureSpeechRecognition } = await import('./azure-speech/recognition/open.ts');
    return openAzureSpeechRecognition(azureSpeechAccess(world));
  },
};

const syntheses: Record<Config['ttsProvider'], Open<Synthesis>> = {
  async embedded() {
    const { openFliteSynthesis } = await import('./embedded/synthesis/flite.ts');
    return openFliteSynthesis();
  },
  async deepgram(world) {
    const { openDeepgramSynthesis } = await import('./deepgram/synthesis/open.ts');
    return openDeepgramSynthesis(deepgramAccess(world));
  },
  async azure(world) {
    const { openAzureSpeechSynthesis } = await import('./azure-speech/synthesis/open.ts');
    return openAzureSpeechSynthesis(azureSpeechAccess(world));
  },
};

interface OpenModels {
  chat: ChatProvider;
  regions: readonly string[] | null;
  configured: readonly ConfiguredModel[];
}

const models: Record<ModelProviderName, Open<OpenModels>> = {
  async bedrock({ config, clock, log }) {
    const { openBedrockChat } = await import('./bedrock/open.ts');
    const chat = openBedrockChat({ clock, region: config.bedrockRegions[0] as string });
    for (const region of config.bedrockRegions)
      chat
        .prewarm(region)
        .catch(error => log.warn({ err: error }, `Bedrock in ${region} does not answer yet.`));
    return { chat, regions: config.bedrockRegions, configured: [] };
  },
  async openrouter({ config: { openRouter }, clock }) {
    const { openOpenRouterChat } = await import('./openai-compatible/openrouter.ts');
    const baseUrl = openRouter.url;
    const chat = openOpenRouterChat({
      apiKey: needed(openRouter.apiKey),
      clock,
      ...(baseUrl && { baseUrl }),
    });
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

/** Opens the providers that the settings choose, with the embedded ones behind them. Closes what is open when one fails. */
export async function openProviders(world: ProviderWorld, flow: AnyStateMachine): Promise<OpenProviders> {
  const { config, clock, log } = world;
  const opened: { close(): Promise<void> }[] = [];
  const open = async <Port extends { close(): Promise<void> }>(port: Promise<Port>) => {
    const part = await port;
    opened.push(part);
    return part;
  };
  const close = async () => {
    await Promise.all(opened.splice(0).map(part => part.close()));
  };

  try {
    const voiceActivity = await open(openSileroVoiceActivity({ log }));
    const ears = await openInOrder(recognitions, config.sttProvider, 'embedded', world, open);
    const voices = await openInOrder(syntheses, config.ttsProvider, 'embedded', world, open);
    const brains: OpenModels[] = [];
    for (const name of config.llmProviders) {
      const brain = await models[name](world);
      opened.push(brain.chat);
      brains.push(brain);
    }
    const tools = [...openTools({ clock, toolDelayMs: TOOL_DELAY_MS }).values()];
    const navigator = openNavigator({
      clock,
      firstWordDelayMs: config.navigatorDelayMs,
      wordDelayMs: config.navigatorWordMs,
    });

    let model: LanguageModel = navigator;
    if (brains.length > 0) {
      const language = openLanguage({
        config,
        clock,
        random: world.random,
        providers: brains,
        configured: brains.flatMap(brain => brain.configured),
        flow,
        tools,
        navigator,
      });
      // A breaker that rests has a timer.
      opened.push({ close: async () => language.breakers.close() });
      model = language;
    }

    return {
      voiceActivity,
      recognition: fallbackRecognition(ears, log),
      synthesis: speakable(fallbackSynthesis(voices, log)),
      tools,
      model,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The chosen one, and behind it the one that needs nobody. */
async function openInOrder<Name extends string, Port extends { close(): Promise<void> }>(
  table: Record<Name, Open<Port>>,
  chosen: Name,
  last: Name,
  world: ProviderWorld,
  open: (port: Promise<Port>) => Promise<Port>,
): Promise<[Port, ...Port[]]> {
  const first = await open(table[chosen](world));
  if (chosen === last) return [first];
  try {
    return [first, await open(table[last](world))];
  } catch (error) {
    // A production install may leave the embedded parts out.
    world.log.warn({ err: error }, `No embedded part stands behind ${chosen}.`);
    return [first];
  }
}

function deepgramAccess({ config: { deepgram }, clock, random }: ProviderWorld) {
  return { apiKey: needed(deepgram.apiKey), clock, random, ...(deepgram.url && { baseUrl: deepgram.url }) };
}

function azureSpeechAccess({ config: { azureSpeech }, clock, random }: ProviderWorld) {
  const { apiKey, region, endpoint } = azureSpeech;
  return { key: needed(apiKey), region, clock, random, ...(endpoint && { endpoint }) };
}

function ownModel(provider: string, modelId: string): ConfiguredModel {
  return { provider, modelId, role: 'balanced', region: null };
}

/** The settings were checked when they were read. */
function needed<Value>(value: Value | null): Value {
  if (value === null) throw new Error('A provider was chosen without its settings.');
  return value;
}
