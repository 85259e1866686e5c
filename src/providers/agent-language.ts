import type { LanguageModel, Tool } from '../../runtime/ports.ts';
import { type Agent, configOf } from '../agents.ts';
import type { Breakers } from '../language/breakers.ts';
import type { FirstTokenTimes } from '../language/first-token-times.ts';
import { openLanguage } from '../language/open.ts';
import { bedrockRegionsWithin } from '../residency.ts';
import type { OpenModels } from './models.ts';
import type { ProviderWorld } from './world.ts';

/** The language model of one agent: its own persona, flow and company over the models that agents share. */
export function openAgentLanguage(
  { config, clock, random, companies }: Pick<ProviderWorld, 'config' | 'clock' | 'random' | 'companies'>,
  parts: {
    agent: Agent;
    brains: readonly OpenModels[];
    tools: readonly Tool[];
    navigator: LanguageModel;
    /** What is known of providers, by whichever agent. */
    breakers: Breakers;
    times: FirstTokenTimes;
  },
): LanguageModel {
  const { agent, tools, navigator, breakers, times } = parts;
  const brains = parts.brains.map(brain => within(brain, agent));
  for (const { prewarm, regions } of brains) for (const region of regions ?? []) prewarm?.(region);
  const ownKeys = new Set(brains.filter(brain => brain.takesOwnKeys).map(({ chat }) => chat.name));
  const health =
    agent.company === null ? breakers : breakers.ofAccount(agent.company, provider => ownKeys.has(provider));
  const ladder = openLanguage({
    config: configOf(config, agent),
    clock,
    random,
    providers: brains,
    health,
    times,
    configured: brains.flatMap(brain => brain.configured),
    tools,
    navigator,
  });
  return companies && agent.company !== null ? companies.limit(ladder, navigator) : ladder;
}

/** Without the regions that the agent may not use, which are not even connected to. */
function within(brain: OpenModels, { residency }: Agent): OpenModels {
  const { regions } = brain;
  return { ...brain, regions: regions && bedrockRegionsWithin(residency, regions) };
}
