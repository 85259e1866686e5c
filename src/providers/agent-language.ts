import { createHash } from 'node:crypto';
import type { LanguageModel, Tool } from '../../runtime/ports.ts';
import { type Agent, configOf } from '../agents.ts';
import type { Breakers } from '../language/breakers.ts';
import type { CachedAgent } from '../language/cache/cache-parts.ts';
import type { FirstTokenTimes } from '../language/first-token-times.ts';
import { openLanguage, personaOf } from '../language/open.ts';
import { stablePrompt } from '../language/prompts/stable-prompt.ts';
import { bedrockRegionsWithin } from '../residency.ts';
import type { OpenModels } from './models.ts';
import type { ProviderWorld } from './world.ts';

/** The language model of one agent: its own persona, flow and company over the models that agents share. */
export function openAgentLanguage(
  world: Pick<ProviderWorld, 'config' | 'clock' | 'random' | 'companies' | 'responses'>,
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
  const { clock, random, companies, responses } = world;
  const { agent, tools, navigator, breakers, times } = parts;
  const config = configOf(world.config, agent);
  const brains = parts.brains.map(brain => within(brain, agent));
  for (const { prewarm, regions } of brains) for (const region of regions ?? []) prewarm?.(region);
  const ownKeys = new Set(brains.filter(brain => brain.takesOwnKeys).map(({ chat }) => chat.name));
  const health =
    agent.company === null ? breakers : breakers.ofAccount(agent.company, provider => ownKeys.has(provider));
  const configured = brains.flatMap(brain => brain.configured);

  /** Over the flow that answers when no model does. */
  function open(flow: LanguageModel): LanguageModel {
    const options = { config, clock, random, providers: brains, health, times, configured, tools };
    const ladder = openLanguage({ ...options, navigator: flow });
    return companies && agent.company !== null ? companies.limit(ladder, flow) : ladder;
  }
  if (!responses) return open(navigator);
  const { name, company, redact, companyName } = agent;
  const identity = agentIdentity(config, { tools, models: [agent.llm, configured] });
  return responses.wrap({ name, company, redact, companyName, identity }, navigator, open);
}

/** A hash of what an agent's callers' questions are asked with: whatever changes the answers changes it. */
function agentIdentity(
  config: ReturnType<typeof configOf>,
  { tools, models }: { tools: readonly Tool[]; models: unknown },
): CachedAgent['identity'] {
  const { modelPriority, preferredModels, allowedAreas } = config;
  const told = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const fixed = JSON.stringify([models, modelPriority, preferredModels, allowedAreas, told]);
  const identities = new Map<string, string>();
  return ({ flow: { about }, language }) => {
    const key = `${about}\n${language}`;
    const known = identities.get(key);
    if (known !== undefined) return known;
    const text = `${stablePrompt(personaOf(config), about, language)}\n${fixed}`;
    const identity = createHash('sha256').update(text).digest('base64url');
    identities.set(key, identity);
    return identity;
  };
}

/** Without the regions that the agent may not use, which are not even connected to. */
function within(brain: OpenModels, { residency }: Agent): OpenModels {
  const { regions } = brain;
  return { ...brain, regions: regions && bedrockRegionsWithin(residency, regions) };
}
