import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import type { ProviderError } from '../../../../runtime/provider-error.ts';
import type { FaultKind, RecordedRequest } from '../../../../src/emulators/emulator.ts';
import { speak } from '../../../harness/spoken-text.ts';
import { connected, dialled, say, silence, write } from '../streaming/listening.ts';
import { KEY, type Listening, listen, messagesOf } from './listening.ts';

const AN_HOUR_MS = 3_600_000;
const WAIT = { timeout: 10_000, interval: 5 };
const audioOf = (request: RecordedRequest | undefined) =>
  Buffer.concat(messagesOf(request, 'audio').flatMap(({ body }) => (Buffer.isBuffer(body) ? [body] : [])));
const SENTENCES = [
  'where is my order',
  'it was four seven one one',
  'and please send it to the new address in paris this time',
];

/** The n-th socket is open, after whatever pause. */
async function redialled(listening: Listening, sockets: number): Promise<void> {
  await vi.waitFor(async () => {
    await listening.clock.advance(50);
    expect(listening.emulator.requests).toHaveLength(sockets);
  }, WAIT);
  await connected(listening, sockets);
}

it('sends mu-law straight through and tells words as they become certain', async () => {
  const listening = await listen({ phrases: ['where is my order', 'track parcel {number}'] });
  const { stream, heard, emulator } = listening;
  await connected(listening);
  await say(stream, 'where is my order');
  await heard.until(h => h.of('final').length >= 1);

  expect(heard.of('final')).toEqual([{ type: 'final', text: 'where is my order', confidence: 0.93 }]);
  expect(heard.of('partial').map(({ text }) => text)).toContain('where is my');
  expect(heard.of('partial').at(-1)).toEqual({ type: 'partial', text: 'where is my order', complete: true });
  expect(heard.of('heardVoice')).toHaveLength(1);

  const [request] = emulator.requests;
  expect(request?.path).toBe('/stt/speech/universal/v2');
  expect(request?.query.get('language')).toBe('en-US');
  expect(request?.query.get('format')).toBe('detailed');
  const context = messagesOf(request, 'speech.context')[0]?.body as Record<string, unknown>;
  expect(context).toMatchObject({
    phraseDetection: {
      mode: 'Conversation',
      conversation: { segmentation: { segmentationSilenceTimeoutMs: 300 } },
    },
    dgi: { groups: [{ type: 'Generic', items: [{ text: 'where is my order' }, { text: 'track parcel' }] }] },
  });
  const [header, ...audio] = messagesOf(request, 'audio').map(({ body }) => body as Buffer);
  // RIFF, format 7: mu-law, one channel, 8 kHz, 8 bits.
  expect(header?.readUInt16LE(20)).toBe(7);
  expect(header?.readUInt32LE(24)).toBe(8_000);
  const sent = Buffer.concat(audio);
  expect(
    sent.equals(Buffer.concat([...speak('where is my order'), ...silence(40)]).subarray(0, sent.length)),
  ).toBe(true);
});

describe('finish', () => {
  it('in mid-sentence is answered at once with one final, and what follows with the next', async () => {
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

  it('waits for nothing when all of the voice is final already', async () => {
    const listening = await listen();
    const { stream, heard } = listening;
    await connected(listening);
    await say(stream, 'yes');
    await heard.until(h => h.words === 'yes');
    stream.finish();
    expect(heard.of('final').map(({ text }) => text)).toEqual(['yes', '']);
  });

  it('takes the words so far when no phrase comes, and does not take them again when it does', async () => {
    // turn.start, speech.startDetected, five hypotheses, the phrase: one every 700 ms.
    const listening = await listen({ faults: [{ kind: 'drip', ms: 700 }] });
    const { stream, heard, clock, emulator } = listening;
    await connected(listening);
    stream.speechStarted();
    await write(stream, [...speak('one two three four five six seven'), ...silence(30)]);
    await vi.waitFor(() => expect(audioOf(emulator.requests[0]).length).toBeGreaterThan(80 * 160), WAIT);
    for (let outputs = 1; outputs <= 5; outputs++) {
      await clock.advance(700);
      await heard.until(h => h.of('partial').length === Math.max(0, outputs - 2));
      if (outputs === 4) stream.finish();
    }
    await clock.advance(499);
    expect(heard.of('final')).toHaveLength(0);
    await clock.advance(1);
    expect(heard.of('final')).toEqual([{ type: 'final', text: 'one two three four five', confidence: 0.5 }]);

    await clock.advance(1_600);
    await heard.until(h => h.of('final').length === 2);
    await say(stream, 'eight');
    stream.finish();
    await vi.waitFor(async () => {
      await clock.advance(100);
      expect(heard.words).toBe('one two three four five six seven eight');
    }, WAIT);
    expect(emulator.requests).toHaveLength(1);
  });

  it('waits less where no word is heard, and says so', async () => {
    const listening = await listen({ faults: [{ kind: 'stallAfter', afterEvents: 1, ms: 60_000 }] });
    const { stream, heard, clock } = listening;
    await connected(listening);
    stream.speechStarted();
    await write(stream, speak('yes'));
    stream.finish();
    await clock.advance(700);
    expect(heard.of('final')).toEqual([{ type: 'final', text: '', confidence: 0 }]);
  });

  it('without a connection is answered all the same, and the words are not lost', async () => {
    const listening = await listen({ standing: { kind: 'serverError' }, giveUpAfterMs: AN_HOUR_MS });
    const { stream, heard, clock, emulator } = listening;
    await dialled(listening, 1);
    await say(stream, 'where is my order');
    stream.finish();
    await clock.advance(1_200);
    expect(heard.of('final').map(({ text }) => text)).toEqual(['']);
    emulator.standingFault = null;
    await vi.waitFor(async () => {
      await clock.advance(2_000);
      expect(heard.words).toBe('where is my order');
    }, WAIT);
    expect(heard.of('failed')).toEqual([]);
  });
});

it('tells a voice without words from silence', async () => {
  const listening = await listen({ emulated: { initialSilenceMs: 1_000 } });
  const { stream, heard } = listening;
  await connected(listening);
  await write(stream, silence(60));
  await say(stream, '<cough>');
  await heard.until(h => h.of('final').length === 1);
  expect(heard.of('final')).toEqual([{ type: 'final', text: '', confidence: 0 }]);
  await say(stream, 'yes please');
  await heard.until(h => h.words === 'yes please');
});

it('tells the language that it detects, when it changes', async () => {
  const listening = await listen({
    detectLanguages: ['yue-HK', 'en-GB', 'zh-CN', 'fr'],
    emulated: { language: 'zh-HK' },
  });
  const { stream, heard, emulator } = listening;
  await connected(listening);
  await say(stream, '你好');
  await say(stream, '多謝');
  await heard.until(h => h.words === '你好 多謝');
  expect(heard.of('heardLanguage')).toEqual([{ type: 'heardLanguage', language: 'zh-HK' }]);
  expect(messagesOf(emulator.requests[0], 'speech.context')[0]?.body).toMatchObject({
    languageId: { languages: ['en-US', 'zh-HK', 'zh-CN', 'fr-FR'], mode: 'DetectContinuous' },
  });
});

it('goes on where the service ends a turn, with the phrases that are expected by then', async () => {
  const listening = await listen({ phrases: ['where is my order'] });
  const { stream, heard, emulator } = listening;
  await connected(listening);
  await say(stream, 'where is my order');
  await heard.until(h => h.words === 'where is my order');
  stream.expect(['goodbye for now']);
  stream.speechStarted();
  await write(stream, speak('it is four'));
  emulator.endTurns();
  await write(stream, speak('seven one'));
  await write(stream, silence(60));
  await vi.waitFor(async () => {
    await write(stream, silence(5));
    expect(heard.words).toBe('where is my order it is four seven one');
  }, WAIT);
  const contexts = messagesOf(emulator.requests[0], 'speech.context');
  expect(contexts.at(-1)?.body).toMatchObject({
    dgi: { groups: [{ items: [{ text: 'goodbye for now' }] }] },
  });
  expect(emulator.requests).toHaveLength(1);
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
    emulator.dropSockets(1011, 'Internal server error.');
    await write(stream, speak('four seven'));
    stream.finish();
    await heard.until(h => h.of('final').length === 1);
    expect(heard.words).toBe('my order is number four seven');
  });

  it('is closed for idleness with 1000, which is no failure', async () => {
    const listening = await listen();
    const { stream, heard, emulator } = listening;
    await connected(listening);
    await say(stream, 'hello there');
    await heard.until(h => h.words === 'hello there');
    emulator.dropSockets(1000, 'Exceeded maximum websocket connection idle duration(> 300000ms)');
    await connected(listening, 2);
    await say(stream, 'again');
    await heard.until(h => h.words === 'hello there again');
    expect(emulator.requests).toHaveLength(2);
  });

  it('falls again and again, and is dialled more slowly each time', async () => {
    const listening = await listen({ standing: { kind: 'cut', afterEvents: 1 }, giveUpAfterMs: AN_HOUR_MS });
    const { stream, emulator, clock, heard } = listening;
    await connected(listening);
    await say(stream, 'where is my order');
    await dialled(listening, 2);
    await vi.waitFor(() => expect(emulator.openSockets).toBe(0), WAIT);
    const before = emulator.requests.length;
    await clock.advance(100);
    expect(emulator.requests).toHaveLength(before);
    emulator.standingFault = null;
    await vi.waitFor(async () => {
      await clock.advance(2_000);
      expect(heard.words).toBe('where is my order');
    }, WAIT);
  });
});

describe('a service that cannot be reached', () => {
  it.each([
    ['refuse', 'unavailable'],
    ['serverError', 'unavailable'],
    ['throttle', 'throttled'],
    ['stallBefore', 'timeout'],
  ] as const)('fails the stream in the end, once: %s', async (kind, fault) => {
    const connectTimeoutMs = kind === 'stallBefore' ? 3_000 : AN_HOUR_MS;
    const listening = await listen({ standing: { kind }, connectTimeoutMs });
    const { clock, heard } = listening;
    // The first has failed when the second is dialled.
    if (kind !== 'stallBefore') await dialled(listening, 2);
    while (heard.of('failed').length === 0) {
      await clock.advance(100);
      await new Promise<void>(resolve => setImmediate(resolve));
    }
    expect(clock.now()).toBeGreaterThanOrEqual(8_000);
    await clock.advance(10_000);
    expect(heard.of('failed')).toHaveLength(1);
    expect(heard.of('failed')[0]?.error).toMatchObject({ fault, provider: 'azure-speech' });
    expect(clock.pending).toBe(0);
  });

  it('and a wrong key fails it at once, without the key in any word', async () => {
    const listening = await listen({ standing: { kind: 'wrongKey' } });
    const { heard, emulator } = listening;
    await heard.until(h => h.of('failed').length === 1);
    const error = heard.of('failed')[0]?.error as ProviderError;
    expect(error.fault).toBe('unauthorized');
    expect(error.message).toBe('azure-speech: the connection was refused with HTTP 401.');
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain(KEY);
    expect(inspect(emulator.requests, { depth: 9 })).not.toContain(KEY);
    expect(emulator.requests).toHaveLength(1);
  });
});

describe('a socket that is open and says nothing', () => {
  it('falls silent in mid-turn, is replaced after two seconds, and the turn comes whole and once', async () => {
    // turn.start, speech.startDetected and a hypothesis come through.
    const listening = await listen({ faults: [{ kind: 'stallAfter', afterEvents: 3 }] });
    const { stream, heard, clock, emulator } = listening;
    await connected(listening);
    stream.speechStarted();
    await write(stream, speak('where is my order please'));
    await heard.until(h => h.of('partial').length === 1);
    await write(stream, speak('it was four seven one one'));
    await clock.advance(1_999);
    expect(emulator.requests).toHaveLength(1);
    await clock.advance(1);
    await connected(listening, 2);
    await write(stream, silence(40));
    await heard.until(h => h.of('final').length === 1);
    expect(heard.words).toBe('where is my order please it was four seven one one');
    expect(heard.explained).toEqual(['azure-speech: speech was not answered. Another socket listens on.']);
  });

  it('carries no audio either, and is not taken for one that has fallen silent', async () => {
    const listening = await listen();
    const { stream, heard, clock, emulator } = listening;
    await connected(listening);
    stream.speechStarted();
    await write(stream, speak('where is my'));
    await heard.until(h => h.of('partial').length === 1);
    await clock.advance(10_000);
    expect(emulator.requests).toHaveLength(1);
    expect(heard.of('failed')).toEqual([]);
  });

  it('is given up when two sockets in a row say something and then no word, so that a caller is not asked for ever', async () => {
    const listening = await listen({ standing: { kind: 'stallAfter', afterEvents: 2 } });
    const { stream, heard, clock, emulator } = listening;
    for (const sockets of [1, 2]) {
      await connected(listening, sockets);
      await say(stream, 'is anybody there at all');
      await heard.until(h => h.of('heardVoice').length === sockets);
      stream.finish();
      await clock.advance(700);
    }
    expect(heard.of('failed')).toHaveLength(1);
    expect(heard.of('failed')[0]?.error).toMatchObject({ fault: 'timeout' });
    expect(emulator.requests).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('is replaced once, and not again and again, over one short noise', async () => {
    const listening = await listen();
    const { stream, heard, clock, emulator } = listening;
    await connected(listening);
    stream.speechStarted();
    await write(stream, silence(25));
    stream.speechStopped();
    await write(stream, silence(50));
    await redialled(listening, 2);
    for (let seconds = 0; seconds < 10; seconds++) {
      await write(stream, silence(50));
      await clock.advance(1_000);
    }
    expect(emulator.requests).toHaveLength(2);
    expect(heard.of('failed')).toEqual([]);
  });

  it('is not given up over short noises, of which there is nothing to say', async () => {
    const listening = await listen();
    const { stream, heard, clock, emulator } = listening;
    for (const sockets of [1, 2, 3]) {
      await redialled(listening, sockets);
      // A voice to voice activity, and none to the service.
      stream.speechStarted();
      await write(stream, silence(25));
      stream.speechStopped();
      stream.finish();
      await clock.advance(700);
    }
    expect(heard.of('failed')).toEqual([]);
    await redialled(listening, 4);
    await say(stream, 'here i am');
    await heard.until(h => h.words === 'here i am');
    expect(emulator.requests).toHaveLength(4);
  });
});

it('leaves nothing behind when it is closed', async () => {
  const listening = await listen();
  const { stream, clock, emulator } = listening;
  await connected(listening);
  await say(stream, 'where is my order');
  stream.finish();
  stream.close();
  expect(clock.pending).toBe(0);
  await vi.waitFor(() => expect(emulator.openSockets).toBe(0), WAIT);
});
