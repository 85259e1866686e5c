import type { Providers } from '../../runtime/call-host.ts';
import type { Clock } from '../../runtime/clock.ts';
import { openEnergyVoiceActivity } from '../../runtime/media/energy-voice-activity.ts';
import type { EdgeProviders } from '../../runtime/placement/places.ts';
import type { LanguageModel, ModelRequest, Tool } from '../../runtime/ports.ts';
import { Breakers } from '../language/breakers.ts';
import type { ResponseCache } from '../language/cache/response-cache.ts';
import { FirstTokenTimes } from '../language/first-token-times.ts';
import { openLanguage } from '../language/open.ts';
import { withFlowGate } from '../language/quality-gate.ts';
import { openDeepgramRecognition } from '../providers/deepgram/recognition/open.ts';
import { openDeepgramSynthesis } from '../providers/deepgram/synthesis/open.ts';
import { auraVoices } from '../providers/deepgram/voices.ts';
import { openNavigator } from '../providers/embedded/navigator/navigator.ts';
import { openOpenAiCompatibleChat } from '../providers/openai-compatible/openai-compatible.ts';
import { speakable } from '../text/speakable-synthesis.ts';
import { openTools } from '../tools/index.ts';
import type { AgentConfig } from './agent-config.ts';
import type { EdgeConfig } from './settings.ts';

/** How long the sample back office takes. */
const TOOL_DELAY_MS = 400;
/** Callers wait so long to be heard again. */
const HEARING_GIVES_UP_AFTER_MS = 4_000;

/** What the edge has to offer a call of this agent. An agent whose voice or ears are another service's is served in the cloud. */
export function offeredTo(agent: AgentConfig, config: EdgeConfig): EdgeProviders {
  const has = (chosen: string) => config.deepgram !== null && ['deepgram', 'embedded'].includes(chosen);
  return {
    recognition: has(agent.stt),
    synthesis: has(agent.tts),
    model: config.model !== null && agent.llm.length > 0,
    tools: readingTools().map(({ name }) => name),
    languages: Object.keys(auraVoices),
  };
}

export interface EdgeProvidersOptions {
  agent: AgentConfig;
  config: EdgeConfig;
  clock: Clock;
  /** 0 … 1, for jitter. */
  random(): number;
  /** Null where no reply is kept. */
  responses: ResponseCache | null;
}

/** Everything that a call of the agent stands on at the edge. Throws when the edge lacks what `offeredTo` says. */
export function openEdgeProviders(options: EdgeProvidersOptions): Providers {
  const { agent, config, clock, random } = options;
  const { deepgram } = config;
  if (!deepgram) throw new Error('The edge has neither ears nor a voice: set DEEPGRAM_API_KEY.');
  const access = {
    apiKey: deepgram.apiKey,
    clock,
    random,
    keepsNothing: agent.residency !== null,
    ...(deepgram.url && { baseUrl: deepgram.url }),
  };
  const tools = readingTools(clock);
  return {
    voiceActivity: openEnergyVoiceActivity(),
    recognition: openDeepgramRecognition({
      ...access,
      model: deepgram.model,
      giveUpAfterMs: HEARING_GIVES_UP_AFTER_MS,
    }),
    synthesis: speakable(openDeepgramSynthesis(access)),
    model: openModel(options, tools),
    tools,
  };
}

/** The flow itself answers where no model is set, and where none can. */
function openModel(
  { agent, config, clock, random, responses }: EdgeProvidersOptions,
  tools: readonly Tool[],
): LanguageModel {
  const navigator = openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 });
  const { model, modelPriority } = config;
  if (!model || agent.llm.length === 0) return withFlowGate(navigator);
  const { name, company, redact, companyName, agentType, industry, residency } = agent;
  const chat = openOpenAiCompatibleChat({ baseUrl: model.url, apiKey: model.apiKey, clock });
  const open = (flow: LanguageModel) =>
    openLanguage({
      config: {
        agentType,
        industry,
        companyName,
        modelPriority,
        preferredModels: [],
        allowedAreas: residency,
      },
      clock,
      random,
      providers: [{ chat, regions: null }],
      health: new Breakers(clock),
      times: new FirstTokenTimes(),
      configured: [{ provider: chat.name, modelId: model.name, role: 'balanced', region: null }],
      tools,
      navigator: flow,
    });
  if (!responses) return open(navigator);
  const fixed = [
    model.url,
    model.name,
    modelPriority,
    agentType,
    industry,
    companyName,
    tools.map(tool => tool.name),
  ];
  const identity = ({ flow: { about }, language }: ModelRequest) =>
    JSON.stringify([...fixed, about, language]);
  return responses.wrap({ name, company, redact, companyName, identity }, navigator, open);
}

/** What changes something is done in the cloud alone, where it is written down that it was done. */
function readingTools(clock?: Clock): Tool[] {
  const world = { clock: clock ?? noClock, toolDelayMs: TOOL_DELAY_MS };
  return [...openTools(world).values()].filter(({ changes }) => !changes);
}

/** For looking at tools that are not run. */
const noClock: Clock = { now: () => 0, wallTime: () => 0, setTimeout: () => null, clearTimeout() {} };
