import type { LanguageModel, Recognition, Synthesis } from '../../runtime/ports.ts';
import type { Config } from '../../src/config.ts';
import {
  type AzureSpeechEmulator,
  startAzureSpeechEmulator,
} from '../../src/emulators/azure-speech/azure-speech.ts';
import { type BedrockEmulator, startBedrockEmulator } from '../../src/emulators/bedrock/bedrock.ts';
import { type DeepgramEmulator, startDeepgramEmulator } from '../../src/emulators/deepgram/deepgram.ts';
import {
  type OpenAiCompatibleEmulator,
  startOpenAiCompatibleEmulator,
} from '../../src/emulators/openai-compatible/openai-compatible.ts';
import type { SpeechEmulatorOptions } from '../../src/emulators/speech/emulator.ts';
import { Breakers } from '../../src/language/breakers.ts';
import type { ChatProvider } from '../../src/language/chat.ts';
import { FirstTokenTimes } from '../../src/language/first-token-times.ts';
import { openLanguage } from '../../src/language/open.ts';
import { createLogger } from '../../src/log.ts';
import { openAzureSpeechRecognition } from '../../src/providers/azure-speech/recognition/open.ts';
import { openAzureSpeechSynthesis } from '../../src/providers/azure-speech/synthesis/open.ts';
import { openBedrockChat } from '../../src/providers/bedrock/open.ts';
import { openDeepgramRecognition } from '../../src/providers/deepgram/recognition/open.ts';
import { openDeepgramSynthesis } from '../../src/providers/deepgram/synthesis/open.ts';
import { openNavigator } from '../../src/providers/embedded/navigator/navigator.ts';
import { fallbackRecognition, fallbackSynthesis } from '../../src/providers/fallback.ts';
import { openAzureOpenAiChat } from '../../src/providers/openai-compatible/azure-openai.ts';
import { openOpenAiCompatibleChat } from '../../src/providers/openai-compatible/openai-compatible.ts';
import { openOpenRouterChat } from '../../src/providers/openai-compatible/openrouter.ts';
import { Secret } from '../../src/secret.ts';
import { speakable } from '../../src/text/speakable-synthesis.ts';
import { openTools } from '../../src/tools/index.ts';
import { FastClock } from '../harness/fast-clock.ts';
import { bedrockBrain, openAiBrain } from '../harness/scripted-brain.ts';
import { scriptedRecognition, scriptedSynthesis } from '../harness/scripted-providers.ts';
import { isVoice, wordIn } from '../harness/spoken-text.ts';

export type Brain = 'bedrock' | 'openrouter' | 'azure-openai' | 'openai-compatible';

/** Nobody may ever read these again. */
export const plantedKeys = {
  deepgram: 'dg-planted-5d1f0c7a93',
  azureSpeech: 'az-planted-0e6b92d4c8',
  bedrock: 'br-planted-77c09e21b4',
  chat: 'sk-planted-c40be8a1f6',
};

const SPEED = 8;
/** 10 ms a letter. */
export const BYTES_PER_LETTER = 80;
const DEPLOYMENT = 'front-desk';
const GIVE_UP_AFTER_MS = 4_000;
/**
 * The SDK of Azure throttles, on real time, audio that comes behind more than it may have to give again. On this clock a
 * whole call is less.
 */
const AZURE_REPLAY_MS = 120_000;

export interface WorldOptions {
  brain: Brain;
  /** Who listens and speaks. Default `deepgram`. */
  speech?: 'deepgram' | 'azure-speech';
  /** Model of Deepgram. Default `nova-3`. */
  ears?: string;
  /** How the models dawdle. Default: 200 ms, then 20 ms a word. */
  pace?: { firstMs: number; wordMs: number };
  /** Another voice behind Deepgram's. Default: one of as many bytes a letter. */
  lastVoice?: Synthesis;
  /** Regions of Bedrock. Default: two American ones. */
  regions?: readonly string[];
  /** What the settings say of models. Default: nothing. */
  rules?: Partial<Pick<Config, 'preferredModels' | 'allowedAreas'>>;
}

/** Real adapters on emulators, joined as the server joins them, for one call. */
export interface World {
  clock: FastClock;
  deepgram: DeepgramEmulator;
  azureSpeech: AzureSpeechEmulator;
  bedrock: BedrockEmulator;
  chat: OpenAiCompatibleEmulator;
  recognition: Recognition;
  synthesis: Synthesis;
  model: LanguageModel;
  tools: ReturnType<typeof countedTools>;
  /** All that was written for operators, with nothing cut out. */
  logged: string[];
  log: ReturnType<typeof createLogger>;
  close(): Promise<void>;
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const clock = new FastClock(SPEED);
  const logged: string[] = [];
  const log = createLogger({
    level: 'trace',
    node: 'test',
    secrets: [],
    destination: { write: line => void logged.push(line) },
  });
  const random = () => 0.5;
  const { firstMs, wordMs } = options.pace ?? { firstMs: 200, wordMs: 20 };
  const emulated: Partial<SpeechEmulatorOptions> = {
    clock,
    hear: frame => ({ isVoice: isVoice(frame), word: wordIn(frame)?.replace(/\.$/, '') ?? null }),
    voice: text => new Uint8Array(text.length * BYTES_PER_LETTER).fill(0x55),
    firstAudioDelayMs: 60,
  };
  const deepgram = await startDeepgramEmulator({ ...emulated, apiKey: plantedKeys.deepgram });
  const azureSpeech = await startAzureSpeechEmulator({ ...emulated, key: plantedKeys.azureSpeech });
  const bedrock = await startBedrockEmulator({
    clock,
    apiKey: new Secret(plantedKeys.bedrock),
    reply: (modelId, body) => ({ ...bedrockBrain(modelId, body), firstTokenMs: firstMs, tokenMs: wordMs }),
  });
  const answer = openAiBrain(true);
  const chat = await startOpenAiCompatibleEmulator({
    apiKey: plantedKeys.chat,
    clock,
    deployments: [DEPLOYMENT],
    answer: body => ({ ...answer(body), firstOutputDelayMs: firstMs, betweenOutputsMs: wordMs }),
  });

  const [ears, voice] =
    options.speech === 'azure-speech'
      ? openAzureSpeech(azureSpeech, clock, random)
      : openDeepgram(deepgram, clock, random, options.ears ?? 'nova-3');
  const lastVoice = scriptedSynthesis(clock);
  lastVoice.bytesPerLetter = BYTES_PER_LETTER;
  const brain = openBrain(options.brain, { clock, bedrockUrl: bedrock.url, chatUrl: chat.url });
  const tools = countedTools(clock);
  const breakers = new Breakers(clock);
  const language = openLanguage({
    config: {
      agentType: 'customerService',
      industry: 'general',
      companyName: 'Acme',
      modelPriority: 'latency',
      preferredModels: [],
      allowedAreas: null,
      ...options.rules,
    },
    health: breakers,
    times: new FirstTokenTimes(),
    clock,
    random,
    providers: [
      {
        chat: brain,
        regions: options.brain === 'bedrock' ? (options.regions ?? ['us-east-1', 'us-west-2']) : null,
      },
    ],
    configured:
      options.brain === 'azure-openai' || options.brain === 'openai-compatible'
        ? [{ provider: options.brain, modelId: DEPLOYMENT, role: 'balanced', region: null }]
        : [],
    tools: tools.all,
    navigator: openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 }),
  });
  const recognition = fallbackRecognition([ears, scriptedRecognition(clock)], log);
  const synthesis = speakable(fallbackSynthesis([voice, options.lastVoice ?? lastVoice], log));

  return {
    clock,
    deepgram,
    azureSpeech,
    bedrock,
    chat,
    recognition,
    synthesis,
    model: language,
    tools,
    logged,
    log,
    async close() {
      await Promise.all([recognition.close(), synthesis.close(), brain.close()]);
      breakers.close();
      await Promise.all([deepgram.close(), azureSpeech.close(), bedrock.close(), chat.close()]);
    },
  };
}

function openDeepgram(
  { url }: DeepgramEmulator,
  clock: FastClock,
  random: () => number,
  model: string,
): [Recognition, Synthesis] {
  const access = { apiKey: new Secret(plantedKeys.deepgram), baseUrl: url, clock, random };
  return [
    openDeepgramRecognition({ ...access, model, giveUpAfterMs: GIVE_UP_AFTER_MS }),
    openDeepgramSynthesis(access),
  ];
}

function openAzureSpeech(
  { url }: AzureSpeechEmulator,
  clock: FastClock,
  random: () => number,
): [Recognition, Synthesis] {
  const key = new Secret(plantedKeys.azureSpeech);
  const access = { key, region: 'eastus', endpoint: url, clock, random };
  return [
    openAzureSpeechRecognition({
      ...access,
      giveUpAfterMs: GIVE_UP_AFTER_MS,
      replayMs: AZURE_REPLAY_MS,
    }),
    openAzureSpeechSynthesis(access),
  ];
}

function openBrain(
  brain: Brain,
  { clock, bedrockUrl, chatUrl }: { clock: FastClock; bedrockUrl: string; chatUrl: string },
): ChatProvider {
  const apiKey = new Secret(plantedKeys.chat);
  switch (brain) {
    case 'bedrock':
      return openBedrockChat({
        clock,
        endpoint: bedrockUrl,
        region: 'us-east-1',
        apiKey: new Secret(plantedKeys.bedrock),
      });
    case 'openrouter':
      return openOpenRouterChat({ apiKey, clock, baseUrl: `${chatUrl}/api/v1` });
    case 'azure-openai':
      return openAzureOpenAiChat({ endpoint: chatUrl, apiKey, clock });
    case 'openai-compatible':
      return openOpenAiCompatibleChat({ baseUrl: `${chatUrl}/v1`, apiKey, clock });
  }
}

/** The sample back office, and how often it was asked. */
function countedTools(clock: FastClock) {
  let runs = 0;
  const all = [...openTools({ clock, toolDelayMs: 100 }).values()].map(tool => ({
    ...tool,
    run: (...args: Parameters<typeof tool.run>) => {
      runs++;
      return tool.run(...args);
    },
  }));
  return {
    all,
    get runs() {
      return runs;
    },
  };
}
