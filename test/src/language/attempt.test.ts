import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { ProviderError } from '../../../runtime/provider-error.ts';
import { Attempt } from '../../../src/language/attempt.ts';
import type { ChatEvent, ChatProvider, ChatRequest } from '../../../src/language/chat.ts';
import { rung } from './requests.ts';
import { type Script, ScriptedChat, says, stop } from './scripted-chat.ts';

function attempt(script: Script | ChatProvider) {
  const clock = new SimulatedClock();
  const told: string[] = [];
  const provider = 'stream' in script ? script : new ScriptedChat('bedrock', clock, script);
  const request = { region: 'us-east-1' } as ChatRequest;
  const running = new Attempt({ rung: rung(), repaired: false, again: false }, provider, request, {
    succeeded: () => told.push('succeeded'),
    failed: ({ fault }) => told.push(fault),
    withdrawn: () => told.push('withdrawn'),
  });
  return { clock, told, running };
}

async function drain({ running }: { running: Attempt }) {
  const events: ChatEvent[] = [];
  try {
    for await (const event of running.events()) events.push(event);
    return { events, error: null };
  } catch (error) {
    return { events, error: error as ProviderError };
  }
}

test('begins before anybody takes its events, and keeps them', async () => {
  const world = attempt([says('One '), says('two.'), stop]);
  expect(await world.running.first).toBe('begun');
  await world.clock.advance(0);
  expect(world.told).toEqual(['succeeded']);
  expect(await drain(world)).toEqual({ events: [says('One '), says('two.'), stop], error: null });
});

test('settles with the failure that came before any event, and throws it to whoever takes the events', async () => {
  const world = attempt([{ fail: 'throttled' }]);
  expect(await world.running.first).toMatchObject({ fault: 'throttled' });
  expect((await drain(world)).error).toMatchObject({ fault: 'throttled' });
  expect(world.told).toEqual(['throttled']);
});

test('a stream without its stop is broken, and what it brought comes before the failure', async () => {
  const world = attempt([says('One '), 'breaks off']);
  const { events, error } = await drain(world);
  expect(events).toEqual([says('One ')]);
  expect(error).toMatchObject({ fault: 'broken', provider: 'bedrock', region: 'us-east-1' });
  expect(world.told).toEqual(['broken']);
});

test('an error that is no ProviderError becomes one, with the error as its cause', async () => {
  const cause = new TypeError('oops');
  const provider: ChatProvider = {
    name: 'bedrock',
    stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(cause) }) }),
    close: async () => {},
  };
  const world = attempt(provider);
  const first = await world.running.first;
  expect(first).toBeInstanceOf(ProviderError);
  expect(first).toMatchObject({ fault: 'unknown', cause });
});

test('cancelled, it ends without an error, aborts its request and is withdrawn once', async () => {
  const clock = new SimulatedClock();
  const chat = new ScriptedChat('bedrock', clock, [says('One '), 'hangs']);
  const world = attempt(chat);
  await world.running.first;
  const draining = drain(world);
  world.running.cancel();
  world.running.cancel();

  expect((await draining).error).toBeNull();
  expect(chat.aborted).toBe(1);
  expect(world.told).toEqual(['withdrawn']);
});

test('cancelled after its end, it has succeeded all the same', async () => {
  const world = attempt([stop]);
  await drain(world);
  world.running.cancel();
  expect(world.told).toEqual(['succeeded']);
});
