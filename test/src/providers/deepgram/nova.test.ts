import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import type { FaultKind } from '../../../../src/emulators/emulator.ts';
import { SILENCE, speak } from '../../../harness/spoken-text.ts';
import { connected, dialled, say, write } from '../streaming/listening.ts';
import { KEY, listen } from './listening.ts';

const SENTENCES = [
  'where is my order',
  'it was four seven one one',
  'and please send it to the new address in paris this time',
];

it('sends mu-law straight through and tells words as they become certain', async () => {
  const listening = await listen({ phrases: ['where is my order', 'track parcel {number}'] });
  const { stream, heard, emulator } = listening;
  await connected(listening);
  await say(stream, 'where is my order');
  stream.finish();
  await heard.until(h => h.of('final').length >= 2);

  expect(heard.words).toBe('where is my order');
  expect(heard.of('final')[0]).toMatchObject({ confidence: 0.98 });
  expect(heard.of('partial').at(-1)).toEqual({ type: 'partial', text: 'where is my order', complete: true });
  expect(heard.of('heardVoice')).toHaveLength(1);
  const [{ path, query, messages }] = emulator.requests as [(typeof emulator.requests)[0]];
  expect(path).toBe('/v1/listen');
  expect(Object.fromEntries(query)).toMatchObject({
    model: 'nova-3',
    encoding: 'mulaw',
    sample_rate: '8000',
    interim_results: 'true',
    utterance_end_ms: '1000',
    vad_events: 'true',
    language: 'en-US',
  });
  expect(query.getAll('keyterm')).toEqual(['order', 'track', 'parcel']);
  const audio = messages.filter(message => Buffer.isBuffer(message)) as Buffer[];
  expect(
    Buffer.concat(audio).equals(Buffer.concat([...speak('where is my order'), ...Array(40).fill(SILENCE)])),
  ).toBe(true);
  expect(audio.every(({ length }) => length > 0)).toBe(true);
});

it('answers a finish in mid-sentence with one final, and what follows with the next', async () => {
  const listening = await listen();
  const { stream, heard } = listening;
  await connected(listening);
  stream.speechStarted();
  await write(stream, speak('my number is'));
  stream.finish();
  await heard.until(h => h.of('final').length === 1);
  expect(heard.words).toBe('my number is');

  await write(stream, speak('four seven'));
  stream.finish();
  await heard.until(h => h.of('final').length === 2);
  expect(heard.of('final').map(({ text }) => text)).toEqual(['my number is', 'four seven']);
});

it('waits for no answer that will not come: all of the voice is final already', async () => {
  const listening = await listen();
  const { stream, heard } = listening;
  await connected(listening);
  await say(stream, 'yes');
  await heard.until(h => h.words === 'yes');
  stream.finish();
  expect(heard.of('final').map(({ text }) => text)).toEqual(['yes', '']);
});

it('takes the interim words when Finalize goes unanswered, and does not take them again', async () => {
  // Of the outputs, SpeechStarted and the first interim come through; the rest is late.
  const listening = await listen({ faults: [{ kind: 'stallAfter', afterEvents: 2, ms: 5_000 }] });
  const { stream, heard, clock } = listening;
  await connected(listening);
  stream.speechStarted();
  await write(stream, speak('one two three four five'));
  await heard.until(h => h.of('partial').length === 1);
  stream.finish();
  await vi.waitFor(() =>
    expect(listening.emulator.requests[0]?.messages).toContainEqual({ type: 'Finalize' }),
  );
  await clock.advance(1_200);
  expect(heard.of('final')).toHaveLength(1);
  expect(heard.words).toBe('one two three four five');

  await clock.advance(4_000);
  await write(stream, speak('six'));
  stream.finish();
  await heard.until(h => h.of('final').length >= 2);
  expect(heard.words).toBe('one two three four five six');
});

describe('a socket that falls', () => {
  const kinds: FaultKind[] = ['cut', 'serverError', 'malformed'];
  const moments = [0, 1, 2, 3, 4, 6, 8];
  for (const kind of kinds)
    it(`is replaced at once, with no word lost and none doubled: ${kind} after any output`, async () => {
      for (const afterEvents of moments) {
        const listening = await listen({ faults: [{ kind, afterEvents }] });
        const { stream, heard, emulator } = listening;
        await connected(listening);
        for (const sentence of SENTENCES) await say(stream, sentence);
        await dialled(listening, 2);
        // Words that come after the fall go to the next socket.
        await say(stream, 'goodbye');
        await heard.until(h => h.words.endsWith('goodbye'));
        expect(heard.words, `${kind} after ${afterEvents}`).toBe([...SENTENCES, 'goodbye'].join(' '));
        expect(heard.of('failed')).toEqual([]);
        expect(emulator.requests).toHaveLength(2);
      }
    });

  it('falls between two words of a sentence that is being finished, and the sentence is whole', async () => {
    const listening = await listen();
    const { stream, heard, emulator } = listening;
    await connected(listening);
    stream.speechStarted();
    await write(stream, speak('my order is number'));
    await heard.until(h => h.of('heardVoice').length === 1);
    emulator.dropSockets(1011, 'NET-0000');
    await write(stream, speak('four seven'));
    stream.finish();
    await heard.until(h => h.of('final').length === 1);
    expect(heard.words).toBe('my order is number four seven');
  });

  it('falls again and again, and is dialled more slowly each time', async () => {
    const listening = await listen({ standing: { kind: 'cut', afterEvents: 1 }, giveUpAfterMs: 60_000 });
    const { stream, emulator, clock } = listening;
    await connected(listening);
    await say(stream, 'where is my order');
    // At once, and then after 150, 300, 600 … ms.
    await dialled(listening, 2);
    await vi.waitFor(() => expect(emulator.openSockets).toBe(0));
    const before = emulator.requests.length;
    await clock.advance(100);
    expect(emulator.requests).toHaveLength(before);
    emulator.standingFault = null;
    await clock.advance(2_000);
    await listening.heard.until(h => h.words === 'where is my order');
  });
});

describe('a connection that does not come about', () => {
  const kinds: FaultKind[] = ['refuse', 'throttle', 'serverError'];
  for (const kind of kinds)
    it(`is tried again, and the words spoken meanwhile are heard: ${kind}`, async () => {
      const listening = await listen({ faults: [{ kind }, { kind }] });
      const { stream, heard, clock } = listening;
      await say(stream, 'where is my order');
      await dialled(listening, 2);
      await vi.waitFor(async () => {
        await clock.advance(200);
        expect(listening.emulator.requests.length).toBe(3);
      });
      await heard.until(h => h.words === 'where is my order');
      expect(heard.of('failed')).toEqual([]);
    });

  it('is abandoned after its time-out when nobody answers', async () => {
    const listening = await listen({ faults: [{ kind: 'stallBefore' }] });
    const { stream, heard, clock } = listening;
    await say(stream, 'hello there');
    await dialled(listening, 1);
    await clock.advance(3_000);
    await heard.until(h => h.words === 'hello there');
  });

  it('fails the stream after the bounded time, once', async () => {
    const listening = await listen({ standing: { kind: 'refuse' } });
    const { heard, clock, stream } = listening;
    await vi.waitFor(
      async () => {
        stream.write(SILENCE);
        await clock.advance(200);
        expect(heard.of('failed')).toHaveLength(1);
      },
      { timeout: 20_000, interval: 5 },
    );
    expect(clock.now()).toBeGreaterThanOrEqual(8_000);
    expect(heard.of('failed')[0]?.error).toMatchObject({
      name: 'ProviderError',
      fault: 'unavailable',
      provider: 'deepgram',
    });
    expect(clock.pending).toBe(0);
  });

  it('fails the stream at once when the key is refused, and keeps the key to itself', async () => {
    const refused = await listen({ standing: { kind: 'wrongKey' } });
    await refused.heard.until(h => h.of('failed').length === 1);
    const error = refused.heard.of('failed')[0]?.error as ProviderError;
    expect(error.fault).toBe('unauthorized');
    expect(refused.emulator.requests).toHaveLength(1);
    expect(inspect([error, error.cause, error.stack, refused.emulator.requests], { depth: 8 })).not.toContain(
      KEY,
    );
  });
});

describe('an open socket', () => {
  it('is kept alive by text while no audio flows', async () => {
    const listening = await listen();
    const { clock, emulator, stream } = listening;
    await connected(listening);
    await write(stream, [SILENCE]);
    for (let i = 0; i < 5; i++) {
      await clock.advance(4_000);
      await vi.waitFor(() =>
        expect(
          emulator.requests[0]?.messages.filter(m => (m as { type?: string }).type === 'KeepAlive'),
        ).toHaveLength(i + 1),
      );
    }
    expect(emulator.openSockets).toBe(1);
    expect(emulator.requests).toHaveLength(1);
  });

  it('that stays mute while the caller speaks is replaced', async () => {
    const listening = await listen({ faults: [{ kind: 'stallAfter', afterEvents: 0 }] });
    const { stream, heard, clock } = listening;
    await connected(listening);
    await say(stream, 'is anybody there');
    await clock.advance(5_000);
    await heard.until(h => h.words === 'is anybody there');
    expect(listening.emulator.requests).toHaveLength(2);
  });
});

it('A socket that falls silent in mid-turn is replaced, and the words come whole and once, without being asked for', async () => {
  // SpeechStarted comes through.
  const listening = await listen({ faults: [{ kind: 'stallAfter', afterEvents: 1 }] });
  const { stream, heard, clock, emulator } = listening;
  await connected(listening);
  await say(stream, 'where is my order');
  await heard.until(h => h.of('heardVoice').length === 1);
  await clock.advance(5_000);
  await heard.until(h => h.words === 'where is my order');
  expect(emulator.requests).toHaveLength(2);
});

it('ends turns itself when asked to, by its pause or, in noise, by UtteranceEnd', async () => {
  const listening = await listen({ turnsBy: 'deepgram' });
  const { stream, heard } = listening;
  await connected(listening);
  await say(stream, 'yes please');
  await heard.until(h => h.of('turnEnded').length === 1);
  expect(heard.events.map(({ type }) => type).slice(-2)).toEqual(['final', 'turnEnded']);
  await say(stream, 'goodbye', 70);
  await heard.until(h => h.of('turnEnded').length === 2);
  expect(heard.words).toBe('yes please goodbye');
});

it('tells which language is spoken when asked to find out', async () => {
  const listening = await listen({ detectLanguage: true });
  await connected(listening);
  await say(listening.stream, 'bonjour');
  await listening.heard.until(h => h.words === 'bonjour');
  expect(listening.emulator.requests[0]?.query.get('language')).toBe('multi');
  expect(listening.heard.of('heardLanguage')).toEqual([{ type: 'heardLanguage', language: 'en' }]);
});

it('is given up when two sockets in a row say something and then no word, so that a caller is not asked for ever', async () => {
  const listening = await listen({ standing: { kind: 'stallAfter', afterEvents: 1 } });
  const { stream, heard, clock } = listening;
  for (const sockets of [1, 2]) {
    await connected(listening, sockets);
    await say(stream, 'is anybody there at all');
    await heard.until(h => h.of('heardVoice').length === sockets);
    stream.finish();
    await clock.advance(1_200);
  }
  expect(heard.of('failed')).toHaveLength(1);
});
