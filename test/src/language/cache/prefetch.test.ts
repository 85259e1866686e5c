import { describe, expect, test } from 'vitest';
import type { LanguageModel, ModelEvent, ModelRequest } from '../../../../runtime/ports.ts';
import type { PrefetchLimits } from '../../../../src/language/cache/prefetch-budget.ts';
import { viewOf } from '../requests.ts';
import {
  cacheUnderTest,
  choice,
  firstWords,
  isFromCache,
  replyTo,
  TTL_MS,
  words,
} from './cache-under-test.ts';

const parking = 'do you have a car park';
const answering = viewOf('answering.anythingElse');

/** A later question of a call: its answer in words is never kept, because the model knew what was said before. */
const later = (said: string, over: Partial<ModelRequest> = {}): ModelRequest =>
  firstWords(said, {
    flow: answering,
    history: [
      { role: 'agent', text: 'Hello.' },
      { role: 'caller', text: 'opening hours' },
      { role: 'agent', text: answering.ask ?? '' },
    ],
    ...over,
  });

/** The agent arrives in the state, and says its line. */
const arrives = (over: Partial<ModelRequest> = {}): ModelRequest =>
  later('', { said: null, step: 1, ...over });

function prefetching(
  prefetch: Partial<PrefetchLimits> = {},
  answer?: (request: ModelRequest) => ModelEvent[] | AsyncIterable<ModelEvent>,
) {
  const spent: string[] = [];
  const parts = cacheUnderTest({
    prefetch: { sharePercent: 100, perMinute: 10, ...prefetch },
    spentAhead: callId => void spent.push(callId),
    ...(answer && { answer }),
  });
  return { ...parts, spent, model: parts.agent() };
}

/** So often, all at once, that it is expected more than once while a reply is kept. */
const OFTEN = 9;

async function manyAsk(model: LanguageModel, said = parking, calls = OFTEN): Promise<void> {
  for (let n = 0; n < calls; n++) await replyTo(model, later(said, { callId: `earlier ${n}` }));
}

const settled = () => new Promise<void>(resolve => setImmediate(resolve));

describe('a question that many callers ask in a state', () => {
  test('is asked ahead while the agent speaks there, of nobody in particular', async () => {
    const { model, hosted, cache, spent } = prefetching();
    await manyAsk(model);
    await settled();
    const ahead = hosted.requests.at(-1)!;
    expect(ahead).toMatchObject({ said: parking, step: 0, rounds: [], misunderstood: 0 });
    expect(ahead.history).toEqual([{ role: 'agent', text: answering.ask }]);
    expect(ahead.flow.facts).toEqual({});

    const asked = hosted.requests.length;
    const reply = await replyTo(model, later('um do you have a car park', { callId: 'next' }));
    expect(isFromCache(reply)).toBe(true);
    expect(reply.find(({ type }) => type === 'explained')).toMatchObject({
      text: expect.stringContaining('ahead of callers'),
    });
    expect(hosted.requests).toHaveLength(asked);
    expect(spent).toHaveLength(1);
    expect(cache.report().agents[0]?.prefetch).toMatchObject({
      asked: { replies: 1, inputTokens: 1_000, costUsd: 0.0012 },
      kept: 1,
      used: 1,
      wasted: { replies: 0 },
    });
  });

  test('is asked ahead again only when its reply is nearly over, and counts as wasted when nobody asks', async () => {
    const { model, hosted, cache, clock } = prefetching();
    await manyAsk(model, parking, 2 * OFTEN);
    await settled();
    const before = hosted.requests.length;
    clock.advanceSync(TTL_MS - 31_000);
    await replyTo(model, arrives());
    await settled();
    expect(hosted.requests).toHaveLength(before + 1);
    clock.advanceSync(1_000);
    await replyTo(model, arrives());
    await settled();
    expect(hosted.requests).toHaveLength(before + 3);
    clock.advanceSync(TTL_MS);
    expect(cache.report().agents[0]?.prefetch).toMatchObject({
      kept: 2,
      wasted: { replies: 1, outputTokens: 40 },
    });
  });

  test('is not asked ahead by default', async () => {
    const { model, hosted } = prefetching({ sharePercent: 0 });
    await manyAsk(model, parking, 20);
    await settled();
    expect(hosted.requests).toHaveLength(20);
  });

  test('is not asked ahead within a call that knows facts, or has a supervisor', async () => {
    const { model, hosted } = prefetching();
    for (const over of [
      { flow: { ...answering, facts: { orderNumber: '1024' } } },
      { notes: ['Be brief.'] },
    ]) {
      for (let n = 0; n < 12; n++) await replyTo(model, later(parking, { callId: `${n}`, ...over }));
      await settled();
    }
    expect(hosted.requests).toHaveLength(24);
  });

  test('is given up for half an hour when its reply cannot be kept', async () => {
    const { model, hosted, cache } = prefetching({}, ({ said }) =>
      said === null ? words('Anything else?') : choice('caller.saysNumber', { orderNumber: '1' }),
    );
    for (let n = 0; n < 3; n++) {
      await manyAsk(model);
      await replyTo(model, arrives());
      await settled();
    }
    expect(hosted.requests).toHaveLength(3 * (OFTEN + 1) + 1);
    expect(cache.report().agents[0]?.prefetch).toMatchObject({ kept: 0, wasted: { replies: 1 } });
  });

  test('keeps its words to itself while fewer than three calls have asked it', async () => {
    for (const calls of [1, 2]) {
      const { model, hosted } = prefetching();
      for (let n = 0; n < 30; n++) {
        await replyTo(model, later(parking, { callId: `call ${n % calls}` }));
        await settled();
      }
      expect(hosted.requests).toHaveLength(30);
    }
  });
});

describe('asking ahead', () => {
  test('waits while any caller waits for a first word', async () => {
    let answer = () => {};
    const { model, agent, hosted } = prefetching({}, async function* (request) {
      if (request.said === 'slowly please') await new Promise<void>(resolve => (answer = resolve));
      yield* words('Yes, we do.');
    });
    const waiting = replyTo(agent({ company: 'another' }), later('slowly please', { notes: ['x'] }));
    await settled();
    await manyAsk(model);
    await settled();
    expect(hosted.requests).toHaveLength(OFTEN + 1);
    answer();
    await waiting;
    await settled();
    expect(hosted.requests).toHaveLength(OFTEN + 2);
  });

  test('ends with its call', async () => {
    const signals: AbortSignal[] = [];
    const { model, cache } = prefetching({}, () => words('Yes, we do.'));
    const hanging = cache.wrap(
      { name: 'b', company: 'b', redact: false, companyName: 'B', identity: () => '' },
      model,
      () => ({
        name: 'hanging',
        async *reply(request, signal) {
          const isAhead = request.history.length === 1;
          if (isAhead) {
            signals.push(signal);
            await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
            return;
          }
          yield* words('Yes, we do.');
        },
      }),
    );
    for (let n = 0; n < OFTEN; n++) await replyTo(hanging, later(parking, { callId: `it${n}` }));
    await settled();
    expect(signals).toHaveLength(1);
    const ends = new Map<string, () => void>();
    for (const callId of ['another', `it${OFTEN - 1}`]) {
      const root = { subscribe: ({ complete }: { complete(): void }) => ends.set(callId, complete) };
      cache.watch({ root, start: { callId } } as never);
    }
    ends.get('another')?.();
    expect(signals[0]?.aborted).toBe(false);
    ends.get(`it${OFTEN - 1}`)?.();
    await settled();
    expect(signals[0]?.aborted).toBe(true);
    expect(cache.report().agents[1]?.prefetch).toMatchObject({ kept: 0, cancelled: 1 });
  });

  test.each<[string, Partial<PrefetchLimits>, number]>([
    ['its share of what callers ask', { sharePercent: 10 }, 1],
    ['its number in a minute', { perMinute: 2 }, 2],
  ])('keeps to %s', async (_, limits, expected) => {
    const { model, hosted } = prefetching(limits);
    for (const said of ['lamps', 'chairs', 'tables', 'rugs'].map(item => `do you have ${item} in stock`)) {
      for (let n = 0; n < 4; n++) await replyTo(model, later(said, { callId: `${said} ${n}` }));
    }
    for (let n = 0; n < 5; n++) {
      await replyTo(model, arrives());
      await settled();
    }
    const ahead = hosted.requests.filter(({ history }) => history.length === 1);
    expect(ahead.length).toBeLessThanOrEqual(expected);
  });

  test('pauses for a minute when the flow had to answer, and keeps none of that', async () => {
    const { cache, flow, clock, store } = prefetching();
    let asked = 0;
    const model = cache.wrap(
      { name: 'c', company: 'c', redact: false, companyName: 'C', identity: () => '' },
      flow,
      watched => ({
        name: 'limited',
        async *reply(request, signal) {
          const isAhead = request.said !== null && request.history.length === 1;
          if (isAhead) asked++;
          yield* isAhead ? watched.reply(request, signal) : words('Yes, we do.');
        },
      }),
    );
    await manyAsk(model, parking, 20);
    await settled();
    expect([asked, store.written.size]).toEqual([1, 0]);
    clock.advanceSync(60_000);
    await replyTo(model, arrives());
    await settled();
    expect(asked).toBe(2);
  });
});

test('what was asked hours ago is not expected any more', async () => {
  const { model, hosted, clock } = prefetching();
  await manyAsk(model, parking, OFTEN - 1);
  clock.advanceSync(60 * 60_000);
  await replyTo(model, later(parking));
  await settled();
  expect(hosted.requests).toHaveLength(OFTEN);
});
