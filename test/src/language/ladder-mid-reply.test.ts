import { expect, test } from 'vitest';
import { answer, ask, inOregon, ladder, onBedrock, onGateway, textOf } from './ladder-under-test.ts';
import { modelRequest, rung, viewOf } from './requests.ts';
import { says, stop } from './scripted-chat.ts';

test('words that were spoken before a stream broke are continued and not said again', async () => {
  const world = ladder({
    bedrock: [[says('Your order left us on Monday and should arr'), { fail: 'broken' }]],
    openrouter: [[says('on Monday and should arrive '), says('on Thursday.'), stop]],
  });
  const events = await answer(world);

  expect(textOf(events)).toBe('Your order left us on Monday and should arrive on Thursday.');
  expect(world.openrouter.requests[0]!.messages.at(-2)).toEqual({
    role: 'assistant',
    text: 'Your order left us on Monday and should',
  });
});

test('a stream that broke in the middle does not win the race of its successor', async () => {
  // The broken request used to stay among those that run, and to be taken as the first to answer.
  const world = ladder({
    rungs: [onBedrock, inOregon, onGateway],
    bedrock: [
      [says('One '), { fail: 'broken' }],
      [{ waitMs: 300 }, says('moment.'), stop],
    ],
  });
  const events = await answer(world);

  expect(textOf(events)).toBe('One moment.');
  expect(world.bedrock.requests.map(({ region }) => region)).toEqual(['us-east-1', 'us-west-2']);
  expect(world.openrouter.requests).toHaveLength(0);
});

test('the loser of a race is turned to when the winner breaks off', async () => {
  const world = ladder({
    bedrock: [[{ waitMs: 1_000 }, says('It left '), { fail: 'broken' }]],
    openrouter: [['hangs'], [says('on Monday.'), stop]],
  });
  const events = await answer(world);

  expect(textOf(events)).toBe('It left on Monday.');
  expect(world.openrouter.requests).toHaveLength(2);
});

test('once words were spoken, nobody is waited for as long as before, however long the reply has gone on', async () => {
  const world = ladder({
    bedrock: [
      [says('It left us '), { waitMs: 9_000 }, says('on Monday, '), { waitMs: 2_000 }, { fail: 'timeout' }],
    ],
    openrouter: [['hangs']],
  });
  const reply = ask(world);

  await world.clock.advance(11_000);
  expect(world.openrouter.requests).toHaveLength(1);
  await world.clock.advance(1_999);
  expect(textOf(reply.events)).toBe('It left us on Monday, ');
  await world.clock.advance(1);
  expect(textOf(reply.events)).toMatch(/^It left us on Monday, What are the four digits/);
  expect(world.clock.pending).toBe(0);
});

test('in mid-reply a slow model is asked beside the next one as soon as any', async () => {
  const slow = rung({ region: 'us-west-2', firstTokenMs: 3_000 });
  const world = ladder({
    rungs: [onBedrock, slow, onGateway],
    bedrock: [[says('It left us '), { fail: 'broken' }], ['hangs']],
    openrouter: [[says('on Monday.'), stop]],
  });
  const reply = ask(world);

  await world.clock.advance(899);
  expect(world.openrouter.requests).toHaveLength(0);
  await world.clock.advance(1);
  expect(textOf(reply.events)).toBe('It left us on Monday.');
});

test('a reply that nobody can finish ends with the open question', async () => {
  const world = ladder({
    rungs: [onBedrock],
    bedrock: [[says('That is a good question, and '), { fail: 'unauthorized' }]],
  });
  const events = await answer(world);

  expect(textOf(events)).toBe('That is a good question, and What are the four digits of your order number?');
  expect(events.at(-1)).toEqual({ type: 'end', reason: 'complete' });
});

test('a reply that nobody can finish still calls the tool that the state waits for', async () => {
  const flow = { ...viewOf('lookingUp'), improvise: true };
  const world = ladder({ rungs: [onBedrock], bedrock: [[says('Let me see '), { fail: 'unauthorized' }]] });
  const events = await answer(world, modelRequest({ said: null, flow }));

  expect(events.at(-2)).toMatchObject({ type: 'toolCall', id: 'CA1:2:0', name: 'lookUpOrder' });
});
