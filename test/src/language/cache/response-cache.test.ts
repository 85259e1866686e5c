import { describe, expect, test } from 'vitest';
import { SentenceSplitter } from '../../../../runtime/media/sentences.ts';
import type { ModelEvent, ModelRequest } from '../../../../runtime/ports.ts';
import { scriptedModel } from '../../../harness/scripted-providers.ts';
import { viewOf } from '../requests.ts';
import {
  cacheUnderTest,
  choice,
  firstWords,
  isFromCache,
  replyTo,
  TTL_MS,
  textOf,
  words,
} from './cache-under-test.ts';

const parking = 'Do you have a car park?';
const asking = viewOf('takingNumber.asking');
const again = 'um hello do you have a car park please';

/** A question asked twice; whether the second was answered without the model. */
async function askedTwice(answer: ModelEvent[], over: Partial<ModelRequest> = {}, said = parking) {
  const { agent, hosted, cache } = cacheUnderTest({ answer: () => answer });
  const model = agent();
  const first = await replyTo(model, firstWords(said, over));
  const second = await replyTo(model, firstWords(said, { ...over, callId: 'CA2' }));
  return { first, second, asked: hosted.requests.length, report: cache.report().agents[0]! };
}

describe('a question that was answered', () => {
  test('is answered again without the model, in the same words and at once', async () => {
    const { agent, hosted, clock } = cacheUnderTest();
    const model = agent();
    const first = await replyTo(model, firstWords(parking));
    await clock.advance(41_000);
    const second = await replyTo(model, firstWords(again, { callId: 'CA2' }));

    expect(hosted.requests).toHaveLength(1);
    expect(textOf(second)).toBe(textOf(first));
    expect(second.at(-1)).toEqual({ type: 'end', reason: 'complete' });
    expect(second.find(({ type }) => type === 'explained')).toEqual({
      type: 'explained',
      text: 'Answered from the cache: claude-haiku-4-5 was asked the same here 41 s ago; no model is asked.',
    });
    expect(second.find(({ type }) => type === 'usage')).toMatchObject({
      provider: 'cache',
      inputTokens: 0,
      outputTokens: 0,
      costUsd: 0,
      savedUsd: 0.0012,
    });
  });

  test('is spoken sentence by sentence', async () => {
    const text = 'We have one. It is behind the shop! Anything else?';
    const { second } = await askedTwice(words(text));
    const splitter = new SentenceSplitter();
    const sentences = second.flatMap(event => (event.type === 'text' ? splitter.push(event.text) : []));
    expect([...sentences, ...splitter.flush()]).toEqual([
      'We have one.',
      'It is behind the shop!',
      'Anything else?',
    ]);
  });

  test('takes the same way on where the flow has it open, whatever the author calls it', async () => {
    const { agent, hosted } = cacheUnderTest({ answer: () => choice('caller.asksOpeningHours') });
    const model = agent();
    await replyTo(model, firstWords('when are you open'));
    const other = await replyTo(model, firstWords('What are your hours?', { callId: 'CA2' }));
    expect(hosted.requests).toHaveLength(1);
    expect(other).toContainEqual({ type: 'choice', event: 'caller.asksOpeningHours', facts: {} });
  });

  test('is asked anew when its time is over, on the clock of the process', async () => {
    const { agent, hosted, clock, cache } = cacheUnderTest();
    const model = agent();
    await replyTo(model, firstWords(parking));
    await clock.advance(TTL_MS - 1);
    await replyTo(model, firstWords(parking));
    expect(hosted.requests).toHaveLength(1);
    await clock.advance(1);
    await replyTo(model, firstWords(parking));
    expect(hosted.requests).toHaveLength(2);
    expect(cache.report().agents[0]).toMatchObject({ hits: 1, misses: 2, stale: 1, kept: 2 });
  });

  test('is asked anew when its flow was published, and only then', async () => {
    const { agent, hosted, cache } = cacheUnderTest();
    const model = agent();
    await replyTo(model, firstWords(parking));
    await cache.forgetFlow('opening-hours');
    await replyTo(model, firstWords(parking));
    expect(hosted.requests).toHaveLength(1);
    await cache.forgetFlow('order-status');
    await replyTo(model, firstWords(parking));
    expect(hosted.requests).toHaveLength(2);
  });

  test('is answered by the flow itself only while no model can: that reply is not kept', async () => {
    const { cache, hosted, flow } = cacheUnderTest();
    let isDown = true;
    // As a model that was paid for nonsense before the flow had to answer.
    const failing = cache.wrap(
      { name: 'a', company: null, redact: false, companyName: 'Acme', identity: () => '' },
      flow,
      watched => ({
        name: 'ladder',
        async *reply(request, signal) {
          if (!isDown) return yield* hosted.reply(request, signal);
          yield { ...words('')[1]! };
          yield* watched.reply(request, signal);
        },
      }),
    );
    await replyTo(failing, firstWords(parking));
    isDown = false;
    expect(textOf(await replyTo(failing, firstWords(parking)))).toContain('car park');
    expect(hosted.requests).toHaveLength(1);
  });
});

test.each<[string, ModelEvent[], Partial<ModelRequest>, string, string]>([
  [
    'with a tool call',
    [{ type: 'toolCall', id: '1', name: 'x', input: {} }, ...words('One moment.')],
    {},
    parking,
    'tool',
  ],
  ['that waits for more', [words('x')[1]!, { type: 'end', reason: 'waitForMore' }], {}, parking, 'noAnswer'],
  [
    'that has not understood',
    [...words('Pardon?').slice(0, 2), { type: 'end', reason: 'notUnderstood' }],
    {},
    parking,
    'noAnswer',
  ],
  ['that nobody told the price of', [words('Yes.')[0]!, words('Yes.')[2]!], {}, parking, 'noUsage'],
  [
    'with a choice and words',
    [words('Sure.')[0]!, ...choice('caller.asksOpeningHours')],
    {},
    parking,
    'choice',
  ],
  [
    'with a choice that has slots',
    choice('caller.saysNumber', { orderNumber: '4711' }),
    {},
    parking,
    'choice',
  ],
  ['with a choice that is not open', choice('caller.flies'), {}, parking, 'choice'],
  ['with a choice and facts', choice('caller.asksOpeningHours', { item: 'x' }), {}, parking, 'choice'],
  ['other than the phrase means', choice('caller.asksDeliveryTime'), {}, 'opening hours', 'otherChoice'],
  [
    'in words where the phrase means a choice',
    words('From nine to six.'),
    {},
    'opening hours',
    'otherChoice',
  ],
  ['that was cut off', words('We have a car park behind'), {}, parking, 'cutOff'],
  ['with a number that the house does not tell', words('Call 0800 123456.'), {}, parking, 'personal'],
  ['with a number in words', words('Call oh eight hundred one two three.'), {}, parking, 'personal'],
  ['with an e-mail address', words('Write to jane@example.com.'), {}, parking, 'personal'],
  [
    'that calls the caller by name',
    words('Yes, Rosalind, we do.'),
    {},
    'rosalind here do you have a car park',
    'personal',
  ],
  ['that repeats a number of the caller', words('We open at 7.'), {}, 'do you open at 7', 'personal'],
  [
    'in words with a fact known',
    words('Yes, we do.'),
    { flow: { ...viewOf('takingNumber.asking'), facts: { item: 'a lamp' } } },
    parking,
    'context',
  ],
  [
    'in words to whom has spoken before',
    words('Yes, we do.'),
    { history: [{ role: 'caller', text: 'I am Jane.' }] },
    parking,
    'context',
  ],
  [
    'in words after half a greeting',
    words('Yes, we do.'),
    { history: [{ role: 'agent', text: 'Thanks for' }] },
    parking,
    'context',
  ],
  [
    'in words of an unknown language',
    words('Ja, hinter dem Haus.'),
    { language: 'de-DE' },
    parking,
    'language',
  ],
])('a reply %s is not kept', async (_, answer, over, said, reason) => {
  const { second, asked, report } = await askedTwice(answer, over, said);
  expect(isFromCache(second)).toBe(false);
  expect(asked).toBe(2);
  expect(report).toMatchObject({ hits: 0, kept: 0, notKept: { [reason]: 2 } });
});

test('a reply with a number that the flow tells everybody is kept', async () => {
  const flow = { ...viewOf('takingNumber.asking'), about: 'A shop. Its telephone number is 0800 123456.' };
  const { second } = await askedTwice(words('A car park? Call 0800 123456.'), { flow });
  expect(isFromCache(second)).toBe(true);
});

describe('a reply that is not whole is not kept', () => {
  test('when the caller interrupts it', async () => {
    const { agent, hosted, store } = cacheUnderTest();
    const model = agent();
    const abort = new AbortController();
    for await (const event of model.reply(firstWords(parking), abort.signal))
      if (event.type === 'text') abort.abort();
    expect(store.written.size).toBe(0);
    // Whoever stops listening gets no further either.
    for await (const event of model.reply(firstWords(parking), new AbortController().signal))
      if (event.type === 'text') break;
    expect(store.written.size).toBe(0);
    expect(hosted.requests).toHaveLength(2);
  });

  test('when the model fails in the middle', async () => {
    const { agent, store } = cacheUnderTest({
      *answer() {
        yield words('We have a car park. ')[0]!;
        throw new Error('The stream broke.');
      },
    });
    await expect(replyTo(agent(), firstWords(parking))).rejects.toThrow('The stream broke.');
    expect(store.written.size).toBe(0);
  });
});

test('what is kept is no answer where things stand otherwise', async () => {
  const { agent, hosted, versions } = cacheUnderTest({
    answer: () => choice('caller.asksOpeningHours'),
  });
  versions.set('new', '2');
  const model = agent();
  const said = 'when are you open';
  await replyTo(model, firstWords(said));
  const others: [ModelRequest, typeof model][] = [
    [firstWords(said, { callId: 'new' }), model],
    [firstWords(said, { flow: { ...asking, state: 'elsewhere' } }), model],
    [firstWords(said, { flow: { ...asking, choices: asking.choices.slice(0, 5) } }), model],
    [firstWords(said, { flow: { ...asking, facts: { item: 'a lamp' } } }), model],
    [firstWords(said, { language: 'en-GB' }), model],
    [firstWords(said, { by: 'text' }), model],
    [firstWords(said), agent({ company: 'other' })],
    [firstWords(said), agent({ company: null })],
    [firstWords(said), agent({ identity: () => 'another persona' })],
    [firstWords(said, { notes: ['Be brief.'] }), model],
  ];
  for (const [request, asked] of others) {
    const before = hosted.requests.length;
    await replyTo(asked, request);
    expect(hosted.requests).toHaveLength(before + 1);
  }
  const before = hosted.requests.length;
  await replyTo(agent({ name: 'another desk of the same company' }), firstWords(said));
  expect(hosted.requests).toHaveLength(before);
});

test('what the agent says by itself, later steps and redacted agents are none of its business', async () => {
  const { agent, cache, hosted } = cacheUnderTest();
  const model = agent();
  await replyTo(model, firstWords(parking, { said: null }));
  await replyTo(model, firstWords(parking, { step: 1 }));
  expect(cache.report().agents[0]).toMatchObject({ questions: 0, hitRate: null });
  const redacted = agent({ name: 'redacted', redact: true });
  await replyTo(redacted, firstWords(parking));
  await replyTo(redacted, firstWords(parking));
  expect(hosted.requests).toHaveLength(4);
  expect(cache.report().agents[1]).toMatchObject({ agent: 'redacted', caches: false, questions: 0 });
});

test('the report counts what became of every question', async () => {
  const { agent, cache } = cacheUnderTest();
  const model = agent();
  for (const said of [parking, again, parking, 'where is order 1024']) await replyTo(model, firstWords(said));
  expect(cache.report()).toMatchObject({
    ttlS: 300,
    store: 'memory',
    agents: [
      {
        agent: 'front-desk',
        company: 'acme',
        questions: 4,
        hits: 2,
        misses: 1,
        bypassed: { personal: 1 },
        hitRate: 2 / 3,
        shareAnswered: 0.5,
        saved: { replies: 2, inputTokens: 2_000, outputTokens: 80, costUsd: 0.0024, unpriced: 0 },
      },
    ],
  });
});

test('a reply to a guess may come from the cache, and be kept for others', async () => {
  const { agent, hosted } = cacheUnderTest();
  const model = agent();
  // The guess, broken off because the caller went on; the same guess once more, heard to its end; the words themselves.
  const abort = new AbortController();
  const guess = model.reply(firstWords(parking), abort.signal);
  await guess[Symbol.asyncIterator]().next();
  abort.abort();
  await replyTo(model, firstWords(parking));
  expect(isFromCache(await replyTo(model, firstWords(again)))).toBe(true);
  expect(hosted.requests).toHaveLength(2);
});

test('a model of another kind behind it is passed on as it is', async () => {
  const events: ModelEvent[] = [{ type: 'explained', text: 'because' }, ...words('Yes, we do.')];
  const { agent } = cacheUnderTest();
  const model = agent(
    {},
    scriptedModel(() => events),
  );
  expect(model.name).toBe('scripted');
  expect(await replyTo(model, firstWords(parking))).toEqual(events);
});
