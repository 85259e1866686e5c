import { expect } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { ModelEvent, ModelRequest } from '../../../runtime/ports.ts';
import { Breakers } from '../../../src/language/breakers.ts';
import { openCompose } from '../../../src/language/compose.ts';
import { openLadder } from '../../../src/language/ladder.ts';
import type { Rung } from '../../../src/language/rung.ts';
import { openNavigator } from '../../../src/providers/embedded/navigator/navigator.ts';
import { modelRequest, rung } from './requests.ts';
import { type Script, ScriptedChat, stop } from './scripted-chat.ts';

const compose = openCompose({
  persona: { agentType: 'customerService', industry: 'general', company: null },
  tools: new Map([['findParcel', { description: 'Finds a parcel.' }]]),
});

export const onBedrock = rung();
export const inOregon = rung({ region: 'us-west-2' });
export const onGateway = rung({
  provider: 'openrouter',
  region: null,
  modelId: 'anthropic/claude-haiku-4.5',
});

interface Setup {
  rungs?: readonly Rung[];
  bedrock?: readonly Script[];
  openrouter?: readonly Script[];
}

export function ladder({ rungs = [onBedrock, onGateway], bedrock = [[stop]], openrouter = [[stop]] }: Setup) {
  const clock = new SimulatedClock();
  const first = new ScriptedChat('bedrock', clock, ...bedrock);
  const second = new ScriptedChat('openrouter', clock, ...openrouter);
  const breakers = new Breakers(clock);
  const model = openLadder({
    clock,
    random: () => 0,
    providers: new Map([first, second].map(chat => [chat.name, chat])),
    breakers,
    plan: () => ({ rungs, because: 'As the test wants it.' }),
    compose,
    navigator: openNavigator({ clock, firstWordDelayMs: 0, wordDelayMs: 0 }),
  });
  return { clock, bedrock: first, openrouter: second, breakers, model };
}

type World = ReturnType<typeof ladder>;

/** Begins a reply; `events` fills as time goes by. */
export function ask({ model }: World, request: ModelRequest = modelRequest()) {
  const abort = new AbortController();
  const events: ModelEvent[] = [];
  const outcome: { done: boolean; error: unknown } = { done: false, error: null };
  const whole = (async () => {
    for await (const event of model.reply(request, abort.signal)) events.push(event);
    outcome.done = true;
  })().catch(error => {
    outcome.error = error;
  });
  return { events, abort, outcome, whole };
}

export async function answer(world: World, request?: ModelRequest, withinMs = 10_000) {
  const reply = ask(world, request);
  await world.clock.advance(withinMs);
  expect(reply.outcome).toEqual({ done: true, error: null });
  return reply.events;
}

export const textOf = (events: readonly ModelEvent[]) =>
  events.map(event => (event.type === 'text' ? event.text : '')).join('');
export const storyOf = (events: readonly ModelEvent[]) =>
  events.flatMap(event => (event.type === 'explained' ? [event.text] : []));
export const withoutStory = (events: readonly ModelEvent[]) =>
  events.filter(({ type }) => type !== 'explained');
