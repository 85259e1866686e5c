import type { Clock } from '../../runtime/clock.ts';
import type { LanguageModel, Tool } from '../../runtime/ports.ts';
import type { Config } from '../config.ts';
import type { Area } from './areas.ts';
import { audioQualityOf } from './audio-quality.ts';
import type { ProviderHealth } from './breakers.ts';
import { type CatalogueModel, catalogue } from './catalogue.ts';
import type { ChatProvider } from './chat.ts';
import { openCompose } from './compose.ts';
import type { FirstTokenTimes } from './first-token-times.ts';
import { type LadderSettings, openLadder } from './ladder.ts';
import { type ConfiguredModel, configuredModel } from './models/configured.ts';
import type { Persona } from './prompts/stable-prompt.ts';
import { withQualityGate } from './quality-gate.ts';
import { type OpenProvider, planTurn } from './selection.ts';
import { LEAST_THINKING_TOKENS } from './thinking.ts';
import { usageCostUsd } from './usage-cost.ts';

export interface LanguageOptions {
  config: Pick<
    Config,
    'agentType' | 'industry' | 'companyName' | 'modelPriority' | 'preferredModels' | 'allowedAreas'
  >;
  clock: Clock;
  /** 0 … 1, for jitter. */
  random(): number;
  /** `area`: where the provider works on what it is sent, as the settings declare. */
  providers: readonly { chat: ChatProvider; regions: readonly string[] | null; area?: Area | null }[];
  /** What all agents of the process know of providers. */
  health: ProviderHealth;
  times: FirstTokenTimes;
  /** Models that only the settings know. */
  configured: readonly ConfiguredModel[];
  tools: readonly Tool[];
  /** The last rung. */
  navigator: LanguageModel;
  settings?: LadderSettings;
}

const SPENDING = { latency: 'balanced', quality: 'high', cost: 'low' } as const;
/** Turns of a phone call should begin within this; deeper questions may take a better model's time. */
const LATENCY_TARGET_MS = { latency: 1_500, quality: null, cost: null } as const;

/** Whom callers talk to. */
export function personaOf({
  agentType,
  industry,
  companyName,
}: Pick<Config, 'agentType' | 'industry' | 'companyName'>): Persona {
  return { agentType, industry, company: { name: companyName, description: '' } };
}

/** The language model of a call: chosen anew for every turn, with the flow itself as the last resort. */
export function openLanguage(options: LanguageOptions): LanguageModel {
  const { config, clock, providers, times, tools } = options;
  const models: CatalogueModel[] = [...catalogue, ...options.configured.map(configuredModel)];
  const open: OpenProvider[] = providers.map(({ chat, regions, area = null }) => ({
    name: chat.name,
    regions,
    area,
  }));

  const compose = openCompose({
    persona: personaOf(config),
    tools: new Map(tools.map(tool => [tool.name, tool])),
    models,
  });

  const ladder = openLadder({
    clock,
    random: options.random,
    providers: new Map(providers.map(({ chat }) => [chat.name, chat])),
    breakers: options.health,
    navigator: options.navigator,
    compose,
    observe: (rung, ms) => times.observe(rung, ms),
    costUsd: (rung, usage) => usageCostUsd(rung, usage, models),
    plan: request =>
      planTurn(request, {
        providers: open,
        models,
        today: new Date(clock.wallTime()).toISOString().slice(0, 10),
        country: request.country,
        latencyTargetMs: LATENCY_TARGET_MS[config.modelPriority],
        allowedAreas: config.allowedAreas,
        preferred: config.preferredModels,
        spending: SPENDING[config.modelPriority],
        audioQuality: audioQualityOf(request)?.quality ?? null,
        allowThinking: config.modelPriority === 'quality',
        thinkingTokens: LEAST_THINKING_TOKENS,
        measuredMs: (provider, region, model) => times.averageMs(provider, region, model),
      }),
    ...(options.settings && { settings: options.settings }),
  });
  return withQualityGate(ladder);
}
