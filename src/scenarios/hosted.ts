import { type Clock, systemClock } from '../../runtime/clock.ts';
import type { LanguageModel } from '../../runtime/ports.ts';
import { defaultAgent } from '../agents.ts';
import type { Config } from '../config.ts';
import { Breakers } from '../language/breakers.ts';
import { catalogue, isAlive } from '../language/catalogue.ts';
import { FirstTokenTimes } from '../language/first-token-times.ts';
import type { Logger } from '../log.ts';
import type { ModelProviderName } from '../provider-settings.ts';
import { openAgentLanguage } from '../providers/agent-language.ts';
import { openNavigator } from '../providers/embedded/navigator/navigator.ts';
import { models, type OpenModels } from '../providers/models.ts';
import type { Faults } from '../rehearsal/faults.ts';
import { openTools } from '../tools/index.ts';
import { type Judge, openJudge } from './judge.ts';

/** A configured provider of language models, for agents in rehearsals and for judging them. */
export interface Hosted {
  /** As calls have it, with the flow itself behind it. */
  modelFor(clock: Clock, faults?: Faults): LanguageModel;
  judge: Judge;
  close(): Promise<void>;
}

/** Throws when the settings of the provider are missing. */
export async function openHosted(name: ModelProviderName, config: Config, log: Logger): Promise<Hosted> {
  const random = Math.random;
  const brain = await models[name]({ config, clock: systemClock, log, random });
  const times = new FirstTokenTimes();
  const agent = { ...defaultAgent(config), llm: [name] };
  return {
    modelFor: (clock, faults) =>
      openAgentLanguage(
        { config, clock, random },
        {
          agent,
          brains: [faults ? { ...brain, chat: faults.meetAtProvider(brain.chat, clock) } : brain],
          tools: [...openTools({ clock, toolDelayMs: 0 }).values()],
          navigator: openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 }),
          breakers: new Breakers(clock),
          times,
        },
      ),
    judge: openJudge({ chat: brain.chat, ...judgingModel(brain) }),
    close: () => brain.chat.close(),
  };
}

/** The provider's usual model: as able as those that hold conversations. */
function judgingModel({ chat, configured, regions }: OpenModels): { model: string; region: string | null } {
  const [own] = configured;
  if (own) return { model: own.modelId, region: own.region };
  const today = new Date(systemClock.wallTime()).toISOString().slice(0, 10);
  for (const model of catalogue) {
    if (model.role !== 'balanced' || !isAlive(model, today)) continue;
    for (const offer of model.offers) {
      if (offer.provider !== chat.name) continue;
      const region = regions?.find(name => offer.regions?.includes(name)) ?? null;
      if (regions === null || region !== null) return { model: offer.modelId, region };
    }
  }
  throw new Error(`${chat.name} offers no model that could judge.`);
}
