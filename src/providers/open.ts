import type { Providers } from '../../runtime/call-host.ts';
import type { Recognition, Synthesis } from '../../runtime/ports.ts';
import { type Agent, defaultAgent } from '../agents.ts';
import type { Config } from '../config.ts';
import { Breakers } from '../language/breakers.ts';
import { FirstTokenTimes } from '../language/first-token-times.ts';
import { withFlowGate } from '../language/quality-gate.ts';
import type { Logger } from '../log.ts';
import type { ModelProviderName } from '../provider-settings.ts';
import { speakable } from '../text/speakable-synthesis.ts';
import { openTools } from '../tools/index.ts';
import { openAgentLanguage } from './agent-language.ts';
import { isEmbeddedLanguage, requireEmbeddedLanguage } from './embedded/languages.ts';
import { openNavigator } from './embedded/navigator/navigator.ts';
import { openSileroVoiceActivity } from './embedded/voice-activity/silero.ts';
import { fallbackRecognition, fallbackSynthesis } from './fallback.ts';
import { models, type OpenModels } from './models.ts';
import { needed, type ProviderWorld } from './world.ts';

export interface OpenProviders extends Providers {
  close(): Promise<void>;
}

export interface AgentProviders {
  /** By the agent's name. */
  readonly of: ReadonlyMap<string, Providers>;
  close(): Promise<void>;
}

/** Callers wait so long to be heard again; then another recogniser listens. */
const HEARING_GIVES_UP_AFTER_MS = 4_000;
/** How long the sample back office takes. */
const TOOL_DELAY_MS = 400;

interface SharedWorld extends ProviderWorld {
  /** Some agent's words have to stay in an area. */
  staysInArea: boolean;
}

type Open<Port> = (world: SharedWorld) => Promise<Port>;

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
    return openAzureSpeechRecognition({
      ...azureSpeechAccess(world),
      giveUpAfterMs: HEARING_GIVES_UP_AFTER_MS,
    });
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

/**
 * Opens what any of the agents needs, once for all of them, with the embedded providers behind the chosen ones. Closes what is
 * open when one fails.
 */
export async function openAgentProviders(
  world: ProviderWorld,
  agents: readonly Agent[],
): Promise<AgentProviders> {
  const opened: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(opened.splice(0).map(part => part.close()));
  };

  try {
    for (const agent of agents) requireEmbeddedLanguage(agent);
    const staysInArea = agents.some(({ residency }) => residency !== null);
    const shared = await openShared({ ...world, staysInArea }, opened);
    const of = new Map<string, Providers>();
    for (const agent of agents) of.set(agent.name, await openAgent(shared, agent));
    return { of, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** For one agent that is as the settings say. */
export async function openProviders(world: ProviderWorld): Promise<OpenProviders> {
  const agent = defaultAgent(world.config);
  const { of, close } = await openAgentProviders(world, [agent]);
  return { ...(of.get(agent.name) as Providers), close };
}

/** What agents have in common. */
async function openShared(world: SharedWorld, opened: { close(): Promise<void> }[]) {
  const { config, clock, log } = world;
  const parts = new Map<string, Promise<unknown>>();
  /** The same part for everybody who asks by its key. */
  function once<Part>(key: string, make: () => Promise<Part>, closing: (part: Part) => () => Promise<void>) {
    const making = parts.get(key) as Promise<Part> | undefined;
    if (making) return making;
    const part = make().then(made => {
      opened.push({ close: closing(made) });
      return made;
    });
    parts.set(key, part);
    return part;
  }
  const port = <Port extends { close(): Promise<void> }>(key: string, make: () => Promise<Port>) =>
    once(key, make, made => () => made.close());

  const breakers = new Breakers(clock);
  // A breaker that rests has a timer.
  opened.push({ close: async () => breakers.close() });

  return {
    world,
    breakers,
    times: new FirstTokenTimes(),
    voiceActivity: await port('voice activity', () => openSileroVoiceActivity({ log })),
    tools: [...openTools({ clock, toolDelayMs: TOOL_DELAY_MS }).values()],
    navigator: openNavigator({
      clock,
      firstWordDelayMs: config.navigatorDelayMs,
      wordDelayMs: config.navigatorWordMs,
    }),
    ear: (name: Agent['stt']) => port(`ear ${name}`, () => recognitions[name](world)),
    voice: (name: Agent['tts']) => port(`voice ${name}`, () => syntheses[name](world)),
    brain: (name: ModelProviderName) =>
      once(
        `brain ${name}`,
        () => models[name](world),
        made => () => made.chat.close(),
      ),
  };
}

type Shared = Awaited<ReturnType<typeof openShared>>;

async function openAgent(shared: Shared, agent: Agent): Promise<Providers> {
  const { world, voiceActivity, tools, navigator, breakers, times } = shared;
  const ears = await inOrder(agent.stt, agent.language, shared.ear, world.log);
  const voices = await inOrder(agent.tts, agent.language, shared.voice, world.log);
  const brains: OpenModels[] = [];
  for (const name of agent.llm) brains.push(await shared.brain(name));
  const parts = { agent, brains, tools, navigator, breakers, times };
  return {
    voiceActivity,
    recognition: fallbackRecognition(ears, world.log),
    synthesis: speakable(fallbackSynthesis(voices, world.log)),
    tools,
    model: brains.length > 0 ? openAgentLanguage(world, parts) : withFlowGate(navigator),
  };
}

/** The chosen one, and behind it the one that needs nobody, if it knows the language. */
async function inOrder<Name extends string, Port>(
  chosen: Name | 'embedded',
  language: string,
  open: (name: Name | 'embedded') => Promise<Port>,
  log: Logger,
): Promise<[Port, ...Port[]]> {
  const first = await open(chosen);
  if (chosen === 'embedded' || !isEmbeddedLanguage(language)) return [first];
  try {
    return [first, await open('embedded')];
  } catch (error) {
    // A production install may leave the embedded parts out.
    log.warn({ err: error }, `No embedded part stands behind ${chosen}.`);
    return [first];
  }
}

function deepgramAccess({ config: { deepgram }, staysInArea, clock, random }: SharedWorld) {
  const baseUrl = deepgram.url;
  return {
    apiKey: needed(deepgram.apiKey),
    clock,
    random,
    keepsNothing: staysInArea,
    ...(baseUrl && { baseUrl }),
  };
}

function azureSpeechAccess({ config: { azureSpeech }, clock, random }: ProviderWorld) {
  const { apiKey, region, endpoint } = azureSpeech;
  return { key: needed(apiKey), region, clock, random, ...(endpoint && { endpoint }) };
}
