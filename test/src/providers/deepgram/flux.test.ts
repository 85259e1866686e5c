import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../../../src/emulators/emulator.ts';
import { SILENCE, speak } from '../../../harness/spoken-text.ts';
import { connected, dialled, say, write } from '../streaming/listening.ts';
import { listen } from './listening.ts';

const model = 'flux-general-en';
const SENTENCES = ['where is my order', 'it was four seven one one', 'and please send it to paris this time'];

it('tells a turn: words so far, a guess at its end, its end', async () => {
  const listening = await listen({ model, phrases: ['track parcel {number}'] });
  const { stream, heard, emulator } = listening;
  await connected(listening);
  await say(stream, 'where is my order');
  await heard.until(h => h.of('turnEnded').length === 1);

  const told = heard.events.filter(({ type }) => type !== 'partial').map(({ type }) => type);
  expect(told).toEqual(['heardVoice', 'turnMayHaveEnded', 'final', 'turnEnded']);
  expect(heard.of('turnMayHaveEnded')[0]?.text).toBe('where is my order');
  expect(heard.of('final')).toEqual([
    { type: 'final', text: 'where is my order', confidence: expect.closeTo(0.97) },
  ]);
  const [request] = emulator.requests;
  expect(request?.path).toBe('/v2/listen');
  expect(request?.query.getAll('keyterm')).toEqual(['track', 'parcel']);
  expect([...(request?.query.keys() ?? [])]).not.toContain('interim_results');
});

it('sends audio in pieces of 80 ms, and none of it twice', async () => {
  const listening = await listen({ model });
  const { stream, heard, emulator } = listening;
  await connected(listening);
  await say(stream, 'hello');
  await heard.until(h => h.of('turnEnded').length === 1);
  const audio = (emulator.requests[0]?.messages ?? []).filter(message =>
    Buffer.isBuffer(message),
  ) as Buffer[];
  const sent = Buffer.concat([...speak('hello'), ...Array(40).fill(SILENCE)]);
  const got = Buffer.concat(audio);
  expect(got.equals(sent.subarray(0, got.length))).toBe(true);
  expect(audio.every(({ length }) => length > 0 && length % 160 === 0)).toBe(true);
  expect(audio.filter(({ length }) => length === 640).length).toBeGreaterThanOrEqual(audio.length - 1);
});

it('takes the guess back when the caller goes on', async () => {
  const listening = await listen({ model });
  const { stream, heard } = listening;
  await connected(listening);
  await say(stream, 'my number is', 16);
  await heard.until(h => h.of('turnMayHaveEnded').length === 1);
  await say(stream, 'four seven');
  await heard.until(h => h.of('turnEnded').length === 1);
  const told = heard.events.filter(({ type }) => /^turn/.test(type)).map(({ type }) => type);
  expect(told).toEqual(['turnMayHaveEnded', 'turnResumed', 'turnMayHaveEnded', 'turnEnded']);
  expect(heard.words).toBe('my number is four seven');
});

it('configures the keyterms anew when the flow moves on', async () => {
  const listening = await listen({ model });
  const { stream, emulator, heard } = listening;
  stream.expect(['reset my password']);
  await say(stream, 'hello');
  await heard.until(h => h.of('turnEnded').length === 1);
  expect(emulator.requests[0]?.messages).toContainEqual({
    type: 'Configure',
    keyterms: ['reset', 'password'],
  });
});

it('finishes an open turn with the latest words, once, and the turn ends without them, over the same socket', async () => {
  const listening = await listen({ model });
  const { stream, heard, clock, emulator } = listening;
  await connected(listening);
  stream.speechStarted();
  await write(stream, [...speak('my number is'), SILENCE, SILENCE]);
  await heard.until(h => h.of('partial').at(-1)?.text === 'my number is');
  stream.finish();
  await clock.advance(1_200);
  expect(heard.of('final').map(({ text }) => text)).toEqual(['my number is']);

  await say(stream, 'four');
  await heard.until(h => h.of('turnEnded').length === 1);
  expect(heard.of('final').map(({ text }) => text)).toEqual(['my number is', 'four']);
  expect(emulator.requests).toHaveLength(1);
});

describe('a socket that falls', () => {
  const kinds: FaultKind[] = ['cut', 'serverError', 'malformed'];
  for (const kind of kinds)
    it(`is replaced, with no word lost and none doubled: ${kind} after any output`, async () => {
      for (const afterEvents of [0, 1, 2, 3, 5, 6, 7, 9, 12]) {
        const listening = await listen({ model, faults: [{ kind, afterEvents }] });
        const { stream, heard } = listening;
        // Without its greeting, a socket is not open until it is given up.
        if (kind === 'malformed' && afterEvents === 0) await dialled(listening, 1);
        else await connected(listening);
        for (const sentence of SENTENCES) await say(stream, sentence);
        await dialled(listening, 2);
        await say(stream, 'goodbye');
        await heard.until(h => h.words.endsWith('goodbye'));
        expect(heard.words, `${kind} after ${afterEvents}`).toBe([...SENTENCES, 'goodbye'].join(' '));
        expect(heard.of('failed')).toEqual([]);
      }
    });

  it('withdraws a guess that the next socket may not repeat', async () => {
    const listening = await listen({ model });
    const { stream, heard, emulator } = listening;
    await connected(listening);
    await say(stream, 'my number is', 16);
    await heard.until(h => h.of('turnMayHaveEnded').length === 1);
    emulator.dropSockets();
    await heard.until(h => h.of('turnResumed').length === 1);
    await say(stream, 'four');
    await heard.until(h => h.of('turnEnded').length === 1);
    expect(heard.words).toBe('my number is four');
  });
});

it('A socket that falls silent in mid-turn is replaced after two seconds, and the turn comes whole and once', async () => {
  const listening = await listen({ model, faults: [{ kind: 'stallAfter', afterEvents: 2 }] });
  const { stream, heard, clock, emulator } = listening;
  await connected(listening);
  await say(stream, 'where is my order');
  await heard.until(h => h.of('heardVoice').length === 1);
  await clock.advance(2_000);
  await heard.until(h => h.of('turnEnded').length === 1);
  expect(heard.words).toBe('where is my order');
  expect(emulator.requests).toHaveLength(2);
});

it('A line that carries no audio is not taken for a socket that has fallen silent', async () => {
  const listening = await listen({ model });
  const { stream, heard, clock, emulator } = listening;
  await connected(listening);
  stream.speechStarted();
  await write(stream, speak('where is'));
  await heard.until(h => h.of('heardVoice').length === 1);
  await clock.advance(10_000);
  expect(emulator.requests).toHaveLength(1);
  expect(heard.of('failed')).toEqual([]);
});
