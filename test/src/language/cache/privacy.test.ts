import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ModelEvent, ModelRequest } from '../../../../runtime/ports.ts';
import { normalWords } from '../../../../src/language/cache/normal-words.ts';
import { modelRequest, viewOf } from '../requests.ts';
import { cacheUnderTest, choice, isFromCache, replyTo, textOf, words } from './cache-under-test.ts';

/** Personal words that are nowhere else; a name is written with a capital by models, and by some recognisers. */
const secret = fc.oneof(
  fc.constantFrom('Zorbert', 'Quillana', 'Ivarsdottir', 'Mbekwe'),
  fc.integer({ min: 1_000, max: 99_999_999 }).map(String),
  fc.constantFrom('zq@mail.example', 'qx.zw@post.example'),
);

const question = fc.constantFrom(
  'do you have a car park',
  'what are your opening hours',
  'when are you open',
  'is there a cafe',
  'tell me about gift cards',
  'and on saturday',
  'yes',
);

type Place = 'fact' | 'history' | 'words' | 'country';

const ask = fc.record({
  company: fc.constantFrom('alpha', 'beta'),
  version: fc.constantFrom('1', '1', '1', '2'),
  state: fc.constantFrom('takingNumber.asking', 'takingNumber.asking', 'answering.anythingElse'),
  language: fc.constantFrom('en-US', 'en-US', 'en-US', 'es-ES'),
  question,
  /** Where the secret stands: that of the words and of the call before. */
  secret,
  told: fc.oneof(fc.constant<Place[]>([]), fc.subarray<Place>(['fact', 'history', 'words', 'country'])),
  isFirst: fc.boolean(),
  /** What the model does with what it knows. */
  says: fc.constantFrom('answers', 'answers', 'chooses', 'repeats', 'names', 'chooses', 'choosesWithFacts'),
  isLower: fc.boolean(),
  waitMs: fc.constantFrom(0, 0, 0, 0, 1_000, 40_000),
});
type Ask = typeof ask extends fc.Arbitrary<infer One> ? One : never;

function requestOf(asked: Ask): ModelRequest {
  const { told, isFirst, isLower } = asked;
  const said = told.includes('words') ? `this one is for ${asked.secret}, ${asked.question}` : asked.question;
  const view = viewOf(asked.state);
  const line = { role: 'agent', text: view.ask ?? '' } as const;
  const before = { role: 'caller', text: told.includes('history') ? asked.secret : 'hello' } as const;
  return modelRequest({
    callId: asked.version,
    language: asked.language,
    flow: { ...view, facts: told.includes('fact') ? { orderNumber: asked.secret } : {} },
    history: isFirst ? [line] : [line, before, line],
    said: isLower ? said.toLowerCase() : said,
    ...(told.includes('country') && { country: 'ES' }),
  });
}

/** A model that tells everything to everybody. */
function blurt(asked: Ask, request: ModelRequest, tag: string): ModelEvent[] {
  const known = [
    ...Object.values(request.flow.facts),
    ...request.history.map(({ text }) => text),
    request.said ?? '',
  ];
  const name = known.join(' ').toLowerCase().includes(asked.secret.toLowerCase()) ? asked.secret : 'friend';
  switch (asked.says) {
    case 'answers':
      return words(`We do, says ${tag}.`);
    case 'repeats':
      return words(`${tag} has heard: ${known.join(', ')}, ${name}.`);
    case 'names':
      return words(`Certainly, ${name}, says ${tag}.`);
    case 'chooses':
      return choice('caller.asksOpeningHours');
    default:
      return choice('caller.saysNumber', { orderNumber: asked.secret });
  }
}

/** What tells a second caller nothing that they have not said themselves has to be in here. */
const placeOf = ({ company, version, state, language }: Ask) => [company, version, state, language].join(' ');

test('no secret of a caller is ever kept, and none gets an answer that was made elsewhere', async () => {
  let hits = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(ask, { minLength: 40, maxLength: 80 }), async asks => {
      let current: { asked: Ask; tag: string } | null = null;
      const { agent, clock, store, versions } = cacheUnderTest({
        answer: request => blurt(current!.asked, request, current!.tag),
      });
      for (const version of ['1', '2']) versions.set(version, version);
      const models = { alpha: agent({ company: 'alpha' }), beta: agent({ company: 'beta' }) };
      /** By place and question: what the model said there. */
      const made = new Map<string, Set<string>>();

      for (const [at, asked] of asks.entries()) {
        clock.advanceSync(asked.waitMs);
        const request = requestOf(asked);
        const tag = `Tag${String.fromCharCode(65 + (at % 26))}`;
        current = { asked, tag };
        const events = await replyTo(models[asked.company as 'alpha' | 'beta'], request);
        const said = normalWords(request.said ?? '', asked.language).join(' ');
        const isHours = ['what are your opening hours', 'when are you open'].includes(said);
        const place = `${placeOf(asked)} ${isHours && textOf(events) === '' ? 'hours' : said}`;
        const gave = textOf(events) || JSON.stringify(events.find(({ type }) => type === 'choice'));
        if (isFromCache(events)) {
          hits++;
          expect(made.get(place)).toContain(gave);
          expect(asked.told.includes('fact') && textOf(events) !== '').toBe(false);
        } else made.set(place, new Set([...(made.get(place) ?? []), gave]));
      }

      const written = [...store.written].map(
        ([key, value]) => `${key} ${JSON.stringify(JSON.parse(value).reply)}`,
      );
      const all = written.join('\n').toLowerCase();
      expect(asks.filter(({ secret }) => all.includes(secret.toLowerCase()))).toEqual([]);
    }),
    { numRuns: 150 },
  );
  // Else nothing was looked at.
  expect(hits).toBeGreaterThan(200);
}, 60_000);

test('no words of a caller stand in a key', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('lamp', 'chair', 'table', 'zorbert'), { minLength: 1 }),
      async items => {
        const { agent, store } = cacheUnderTest();
        await replyTo(agent(), modelRequest({ said: `do you sell ${items.join(' and ')}`, history: [] }));
        for (const key of store.written.keys()) {
          expect(key).toMatch(/^[\w-]{16}\/[\w-]{16}\/[\w-]{32}$/);
          for (const item of items) expect(key).not.toContain(item);
        }
      },
    ),
    { numRuns: 30 },
  );
});
