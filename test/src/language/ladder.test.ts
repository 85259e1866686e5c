import { expect, test } from 'vitest';
import {
  answer,
  ask,
  ladder,
  onBedrock,
  onGateway,
  storyOf,
  textOf,
  withoutStory,
} from './ladder-under-test.ts';
import { modelRequest, rung, viewOf } from './requests.ts';
import { calls, type Script, says, stop } from './scripted-chat.ts';

test('a good reply comes from the first place, and the record says from where and why', async () => {
  const world = ladder({ bedrock: [[says('It is '), says('on its way.'), stop]] });
  const events = await answer(world);

  expect(textOf(events)).toBe('It is on its way.');
  expect(events.at(-1)).toEqual({ type: 'end', reason: 'complete' });
  expect(storyOf(events)).toEqual([
    'As the test wants it.',
    'Answered by claude-haiku-4-5 on bedrock/us-east-1.',
  ]);
  expect(world.openrouter.requests).toHaveLength(0);
});

test('a state says its own line without any model', async () => {
  const world = ladder({});
  const events = await answer(world, modelRequest({ said: null, flow: viewOf('takingNumber.asking') }));

  expect(textOf(events)).toBe(viewOf('takingNumber.asking').say);
  expect(world.bedrock.requests).toHaveLength(0);
});

test("a state that improvises has its line put into a model's words, and still calls its tool", async () => {
  const flow = { ...viewOf('lookingUp'), improvise: true };
  const events = await answer(
    ladder({ bedrock: [[says('One moment, please.'), stop]] }),
    modelRequest({ said: null, flow, step: 1 }),
  );

  expect(withoutStory(events)).toEqual([
    { type: 'text', text: 'One moment, ' },
    { type: 'text', text: 'please.' },
    { type: 'toolCall', id: 'CA1:2:1', name: 'lookUpOrder', input: { orderNumber: '4711' } },
    { type: 'end', reason: 'complete' },
  ]);
});

test('a choice counts only once its stream is whole', async () => {
  const number = calls('saysNumber', { orderNumber: '4711' });
  const world = ladder({ bedrock: [[number, 'breaks off']], openrouter: [[calls('asksForHelp'), stop]] });
  const events = await answer(world);

  expect(withoutStory(events)).toEqual([
    { type: 'choice', event: 'caller.asksForHelp', facts: {} },
    { type: 'end', reason: 'complete' },
  ]);
});

test('nonsense is asked for again with a repaired request, then elsewhere', async () => {
  const other = rung({ model: 'claude-haiku-5-5', modelId: 'global.anthropic.claude-haiku-5-5' });
  const world = ladder({
    rungs: [onBedrock, other],
    bedrock: [
      [calls('buyTheShop'), stop],
      [calls('saysNumber', { orderNumber: '47' }), stop],
      [says('Yes?'), stop],
    ],
  });
  const events = await answer(world);

  expect(textOf(events)).toBe('Yes?');
  const [first, repaired, elsewhere] = world.bedrock.requests;
  expect(first!.temperature).toBe(0.3);
  expect(repaired!.temperature).toBeNull();
  expect(elsewhere!.model).toBe('global.anthropic.claude-haiku-5-5');
});

test('a late first token starts a second request beside the first, and the loser is taken back', async () => {
  const world = ladder({
    bedrock: [['hangs']],
    openrouter: [[{ waitMs: 200 }, says('Here.'), stop]],
  });
  const reply = ask(world);

  await world.clock.advance(899);
  expect(world.openrouter.requests).toHaveLength(0);
  await world.clock.advance(1);
  expect(world.openrouter.requests).toHaveLength(1);
  await world.clock.advance(200);
  expect(textOf(reply.events)).toBe('Here.');
  expect(world.bedrock.aborted).toBe(1);
});

test('a model that takes as long as it always does is not paid for twice', async () => {
  const slow = rung({ firstTokenMs: 1_240 });
  const world = ladder({ rungs: [slow, onGateway], bedrock: [[{ waitMs: 1_300 }, says('Here.'), stop]] });
  const events = await answer(world);

  expect(textOf(events)).toBe('Here.');
  expect(world.openrouter.requests).toHaveLength(0);
});

test('while one of two fails, the other may still answer', async () => {
  const world = ladder({
    bedrock: [[{ waitMs: 1_000 }, { fail: 'unavailable' }]],
    openrouter: [[{ waitMs: 500 }, says('Here.'), stop]],
  });
  const events = await answer(world);

  expect(textOf(events)).toBe('Here.');
  expect(storyOf(events)).toContain(
    'bedrock in us-east-1: failed (unavailable); the other is still being asked.',
  );
});

test('when every place fails the flow answers, and the record says what failed', async () => {
  const failing: Script = [{ fail: 'unavailable' }];
  const events = await answer(ladder({ bedrock: [failing], openrouter: [failing] }));

  expect(textOf(events)).toMatch(/didn't catch that/);
  expect(events.at(-1)).toEqual({ type: 'end', reason: 'notUnderstood' });
  expect(storyOf(events)).toEqual([
    'As the test wants it.',
    'bedrock in us-east-1: failed (unavailable); asking claude-haiku-4-5 on openrouter.',
    'openrouter: failed (unavailable); asking claude-haiku-4-5 on openrouter again.',
    'openrouter: failed (unavailable); there is nobody else to ask.',
    'No model answered in time; the flow answers by itself.',
  ]);
});

test('providers that never answer cost a turn its budget and no more', async () => {
  const world = ladder({ bedrock: [['hangs']], openrouter: [['hangs']] });
  const reply = ask(world);

  await world.clock.advance(7_999);
  expect(textOf(reply.events)).toBe('');
  await world.clock.advance(1);
  expect(textOf(reply.events)).toMatch(/didn't catch that/);
  expect([world.bedrock.aborted, world.openrouter.aborted]).toEqual([1, 1]);
  expect(world.clock.pending).toBe(0);
});

test('the only place there is gets a second chance after a pause', async () => {
  const world = ladder({
    rungs: [onBedrock],
    bedrock: [[{ fail: 'throttled', retryAfterMs: 1_000 }], [says('Here.'), stop]],
  });
  const reply = ask(world);

  await world.clock.advance(999);
  expect(world.bedrock.requests).toHaveLength(1);
  await world.clock.advance(1);
  expect(textOf(reply.events)).toBe('Here.');
});

test('places whose breaker is open are passed over, and the record says so', async () => {
  const world = ladder({ openrouter: [[says('Here.'), stop]] });
  const watched = world.breakers.watch('bedrock', 'us-east-1');
  watched.failed({ fault: 'throttled', retryAfterMs: 60_000 } as never);
  const events = await answer(world);

  expect(textOf(events)).toBe('Here.');
  expect(storyOf(events)[0]).toBe('As the test wants it. 1 of 2 places are resting after failures.');
  expect(world.bedrock.requests).toHaveLength(0);
});

test('a plan that names a provider nobody opened is followed without it', async () => {
  const world = ladder({
    rungs: [rung({ provider: 'azure' }), onGateway],
    openrouter: [[says('Here.'), stop]],
  });
  const events = await answer(world);
  expect(textOf(events)).toBe('Here.');
  expect(storyOf(events)).toEqual([
    'As the test wants it. Places of providers that are not open are left out.',
    'Answered by claude-haiku-4-5 on openrouter.',
  ]);
});

test('a filtered reply that brought no words is asked for elsewhere', async () => {
  const filtered: Script = [{ type: 'stop', reason: 'filtered' }];
  const other = rung({ provider: 'openrouter', region: null, model: 'other' });
  const world = ladder({
    rungs: [onBedrock, other],
    bedrock: [filtered],
    openrouter: [[says('Here.'), stop]],
  });

  expect(textOf(await answer(world))).toBe('Here.');
  expect(world.bedrock.requests).toHaveLength(2);
});

test('an empty reply is no answer', async () => {
  const world = ladder({ bedrock: [[stop]], openrouter: [[says('Here.'), stop]] });
  expect(textOf(await answer(world))).toBe('Here.');
});

test('waiting for more is passed on, and words before it make it a reply', async () => {
  const wait = calls('wait_for_more');
  expect((await answer(ladder({ bedrock: [[wait, stop]] }))).at(-1)).toEqual({
    type: 'end',
    reason: 'waitForMore',
  });
  const spoken = await answer(ladder({ bedrock: [[says('Take your time.'), wait, stop]] }));
  expect(spoken.at(-1)).toEqual({ type: 'end', reason: 'complete' });
});

test('usage is passed on with who answered', async () => {
  const usage = {
    inputTokens: 900,
    outputTokens: 12,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    costUsd: 0.001,
  };
  const events = await answer(
    ladder({ bedrock: [[says('Yes.'), { type: 'usage', usage, model: null }, stop]] }),
  );
  expect(events).toContainEqual({ type: 'usage', ...usage, model: 'claude-haiku-4-5', provider: 'bedrock' });
});

test.each([
  ['before the first token', [{ waitMs: 500 }, says('Late.'), stop] as Script, 100],
  ['in the middle of a reply', [says('Well, '), { waitMs: 500 }, says('yes.'), stop] as Script, 100],
  ['in the pause before a second try', [{ fail: 'unavailable' }] as Script, 100],
])('a reply aborted %s ends without a word or a request more', async (_, script, atMs) => {
  const world = ladder({ rungs: [onBedrock], bedrock: [script] });
  const reply = ask(world);
  await world.clock.advance(atMs);
  const before = { events: reply.events.length, requests: world.bedrock.requests.length };
  reply.abort.abort();
  await world.clock.advance(0);
  expect(reply.outcome).toEqual({ done: true, error: null });
  await world.clock.advance(20_000);

  expect(reply.events).toHaveLength(before.events);
  expect(world.bedrock.requests).toHaveLength(before.requests);
  expect(world.clock.pending).toBe(0);
});

test('a request that was taken back says nothing about its provider', async () => {
  const world = ladder({ bedrock: [['hangs']] });
  for (let turn = 0; turn < 5; turn++) {
    const reply = ask(world);
    await world.clock.advance(10);
    reply.abort.abort();
    await reply.whole;
  }
  expect(world.breakers.letsThrough('bedrock', 'us-east-1')).toBe(true);
});

test('a caller whose plain words a failing model had begun to answer is not asked for them again', async () => {
  const world = ladder({
    rungs: [onBedrock],
    bedrock: [[says('Thank you. '), { fail: 'broken' }], [{ fail: 'broken' }]],
  });
  const reply = ask(world, modelRequest({ said: 'my order number is one zero two four' }));
  await world.clock.advance(20_000);

  expect(reply.outcome).toEqual({ done: true, error: null });
  expect(reply.events.filter(({ type }) => type !== 'explained')).toEqual([
    { type: 'text', text: 'Thank you. ' },
    { type: 'choice', event: 'caller.saysNumber', facts: { orderNumber: '1024' } },
    { type: 'end', reason: 'complete' },
  ]);
});
