import { describe, expect, test } from 'vitest';
import { openMemoryStore } from '../../../../src/language/cache/memory-store.ts';
import type { ResponseStore } from '../../../../src/language/cache/store.ts';
import { cacheUnderTest, firstWords, replyTo, textOf } from './cache-under-test.ts';

const parking = 'Do you have a car park?';

describe('a store', () => {
  const never: ResponseStore = {
    name: 'never',
    get: () => new Promise(() => {}),
    set: () => new Promise(() => {}),
    close: async () => {},
  };
  const broken: ResponseStore = {
    name: 'broken',
    get() {
      throw new Error('no store');
    },
    set: () => Promise.reject(new Error('no store')),
    forget: () => Promise.reject(new Error('no store')),
    close: async () => {},
  };

  test('that does not answer delays a reply by 15 ms, and after three times by nothing for ten seconds', async () => {
    const { agent, clock, cache } = cacheUnderTest({ store: () => never });
    const model = agent();
    const delays: number[] = [];
    for (let turn = 0; turn < 5; turn++) {
      const askedMs = clock.now();
      const reply = replyTo(model, firstWords(parking));
      while ((clock.untilNextMs ?? null) !== null) await clock.advance(clock.untilNextMs!);
      expect(textOf(await reply)).toContain('car park');
      delays.push(clock.now() - askedMs);
    }
    expect(delays).toEqual([15, 15, 15, 0, 0]);
    await clock.advance(10_000);
    const reply = replyTo(model, firstWords(parking));
    await clock.advance(14);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    await reply;
    expect(cache.report().agents[0]?.bypassed).toEqual({ storeLate: 4, storeResting: 2 });
  });

  test('that fails leaves every question to the model', async () => {
    const { agent, cache, warnings } = cacheUnderTest({ store: () => broken });
    const model = agent();
    expect(textOf(await replyTo(model, firstWords(parking)))).toContain('car park');
    await cache.forgetFlow('order-status');
    expect(cache.report().agents[0]?.bypassed).toEqual({ storeFailed: 1 });
    expect(warnings.join()).toContain('no store');
  });

  test('that gives nonsense gives nothing', async () => {
    const store = openMemoryStore({ perOwner: 5 });
    for (const value of ['', '{', '{}', '{"reply":{"kind":"words","text":""}}', '"x"', 'null']) {
      const { agent, hosted } = cacheUnderTest({ store: () => ({ ...store, get: async () => value }) });
      await replyTo(agent(), firstWords(parking));
      expect(hosted.requests).toHaveLength(1);
    }
  });

  test('holds a share for each company: the one that was not asked for longest makes room', async () => {
    const { agent, hosted } = cacheUnderTest({ store: () => openMemoryStore({ perOwner: 2 }) });
    const [ours, theirs] = [agent({ company: 'ours' }), agent({ company: 'theirs' })];
    const asks = async (model: typeof ours, said: string) => {
      const before = hosted.requests.length;
      await replyTo(model, firstWords(said));
      return hosted.requests.length > before;
    };
    const [one, two, three] = ['do you sell lamps', 'do you sell chairs', 'do you sell tables'];
    expect([await asks(ours, one), await asks(ours, two)]).toEqual([true, true]);
    for (let n = 0; n < 50; n++) await asks(theirs, `do you sell item ${n}`);
    expect(await asks(ours, one)).toBe(false);
    expect(await asks(ours, three)).toBe(true);
    expect(await asks(ours, one)).toBe(false);
    expect(await asks(ours, two)).toBe(true);
  });
});
