import type { AnyStateMachine } from 'xstate';
import type { LanguageModel, Tool } from '../../runtime/ports.ts';
import { type Agent, configOf } from '../agents.ts';
import { openLanguage } from '../language/open.ts';
import type { OpenModels } from './models.ts';
import type { ProviderWorld } from './world.ts';

/** The language model of one agent: its own persona, flow and company over the models that agents share. */
export function openAgentLanguage(
  { config, clock, random, companies }: Pick<ProviderWorld, 'config' | 'clock' | 'random' | 'companies'>,
  parts: {
    agent: Agent;
    flow: AnyStateMachine;
    brains: readonly OpenModels[];
    tools: readonly Tool[];
    navigator: LanguageModel;
  },
): LanguageModel & { close(): Promise<void> } {
  const { agent, flow, brains, tools, navigator } = parts;
  const ladder = openLanguage({
    config: configOf(config, agent),
    clock,
    random,
    providers: brains,
    configured: brains.flatMap(brain => brain.configured),
    flow,
    tools,
    navigator,
  });
  const model = companies && agent.company !== null ? companies.limit(ladder, navigator) : ladder;
  return {
    name: model.name,
    reply: (request, signal) => model.reply(request, signal),
    // A breaker that rests has a timer.
    close: async () => ladder.breakers.close(),
  };
}
