import type { AnyStateMachine } from 'xstate';
import type { Providers } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Recognition, Synthesis } from '../../runtime/ports.ts';
import type { Config } from '../config.ts';
import type { ChatProvider } from '../language/chat.ts';
import type { ConfiguredModel } from '../language/models/configured.ts';
import { openLanguage } from '../language/open.ts';
import type { Logger } from '../log.ts';
import type { ModelProviderName } from '../provider-settings.ts';
import { speakable } from '../text/speakable-synthesis.ts';
import { openTools } from '../tools/index.ts';
import { openBedrockChat } from './bedrock/open.ts';
import { openDeepgramRecognition } from './deepgram/recognition/open.ts';
import { openDeepgramSynthesis } from './deepgram/synthesis/open.ts';
import { openNavigator } from './embedded/navigator/navigator.ts';
import { openPocketSphinxRecognition } from './embedded/recognition/pocketsphinx.ts';
import { openFliteSynthesis } from './embedded/synthesis/flite.ts';
import { openSileroVoiceActivity } from './embedded/voice-activity/silero.ts';
import { fallbackRecognition, fallbackSynthesis } from './fallback.ts';
import { openAzureOpenAiChat } from './openai-compatible/azure-openai.ts';
import { openOpenAiCompatibleChat } from './openai-compatible/openai-compatible.ts';
import { openOpenRouterChat } from './openai-compatible/openrouter.ts';

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

/** How long the sample back office takes. */
const TOOL_DELAY_MS = 400;

type Open<Port> = (world: ProviderWorld) => Promise<Port> | Port;

/** One line a provider; the settings name them. */
const recognitions: Record<Config['sttProvider'], Open<Recognition>> = {
  embedded: ({ config, log }) => openPocketSphinxRecognition({ dataDir: config.dataDir, log }),
  deepgram: ({ config: { deepgram }, clock, random }) =>
    openDeepgramRecognition({
      apiKey: needed(deepgram.apiKey),
      clock,
      random,
      model: deepgram.model,
      ...(deepgram.url && { baseUrl: deepgram.url }),
    }),
};

const syntheses: Record<Config['ttsProvider'], Open<Synthesis>> = {
  embedded: () => openFliteSynthesis(),
  deepgram: ({ config: { deepgram }, clock, random }) =>
    openDeepgramSynthesis({
      apiKey: needed(deepgram.apiKey),
      clock,
      random,
      ...(deepgram.url && { baseUrl: deepgram.url }),
    }),
};

interface OpenModels {
  chat: ChatProvider;
  regions: readonly string[] | null;
  configured: readonly ConfiguredModel[];
}

const models: Record<ModelProviderName, Open<OpenModels>> = {
  bedrock: ({ config, clock }) => ({
    chat: openBedrockChat({ clock, region: config.bedrockRegions[0] as string }),
    regions: config.bedrockRegions,
    configured: [],
  }),
  openrouter: ({ config: { openRouter }, clock }) => ({
    chat: openOpenRouterChat({
      apiKey: needed(openRouter.apiKey),
      clock,
      ...(openRouter.url && { baseUrl: openRouter.url }),
    }),
    regions: null,
    configured: [],
  }),
  'azure-openai': ({ config: { azureOpenAi }, clock }) => ({
    chat: openAzureOpenAiChat({
      endpoint: needed(azureOpenAi.endpoint),
      apiKey: needed(azureOpenAi.apiKey),
      clock,
    }),
    regions: null,
    configured: [ownModel('azure-openai', needed(azureOpenAi.deployment))],
  }),
  'openai-compatible': ({ config: { openAiCompatible }, clock }) => ({
    chat: openOpenAiCompatibleChat({
      baseUrl: needed(openAiCompatible.url),
      apiKey: openAiCompatible.apiKey,
      clock,
    }),
    regions: null,
    configured: [ownModel('openai-compatible', needed(openAiCompatible.model))],
  }),
};

/** Opens the providers that the settings choose, with the embedded ones behind them. Closes what is open when one fails. */
export async function openProviders(world: ProviderWorld, flow: AnyStateMachine): Promise<OpenProviders> {
  const { config, clock, log } = world;
  const opened: { close(): Promise<void> }[] = [];
  const open = async <Port extends { close(): Promise<void> }>(port: Promise<Port> | Port) => {
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
      await open(brain.chat);
      brains.push(brain);
    }
    const tools = [...openTools({ clock, toolDelayMs: TOOL_DELAY_MS }).values()];
    const navigator = openNavigator({
      clock,
      firstWordDelayMs: config.navigatorDelayMs,
      wordDelayMs: config.navigatorWordMs,
    });

    return {
      voiceActivity,
      recognition: fallbackRecognition(ears, log),
      synthesis: speakable(fallbackSynthesis(voices, log)),
      tools,
      model:
        brains.length === 0
          ? navigator
          : openLanguage({
              config,
              clock,
              random: world.random,
              providers: brains,
              configured: brains.flatMap(brain => brain.configured),
              flow,
              tools,
              navigator,
            }),
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
  open: (port: Promise<Port> | Port) => Promise<Port>,
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

function ownModel(provider: string, modelId: string): ConfiguredModel {
  return { provider, modelId, role: 'balanced', region: null };
}

/** The settings were checked when they were read. */
function needed<Value>(value: Value | null): Value {
  if (value === null) throw new Error('A provider was chosen without its settings.');
  return value;
}
