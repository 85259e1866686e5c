import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeMuLaw } from '../../../../../runtime/media/mulaw.ts';
import type { Synthesis, SynthesisStream } from '../../../../../runtime/ports.ts';
import { openFliteSynthesis } from '../../../../../src/providers/embedded/synthesis/flite.ts';

const SENTENCE = 'Your order left our warehouse this morning, it comes tomorrow.';
const OPTIONS = { callId: 'call-1', voice: 'slt', language: 'en-US' };
const never = new AbortController().signal;

describe('Flite synthesis', () => {
  let synthesis: Synthesis;

  beforeAll(async () => {
    synthesis = await openFliteSynthesis({ cacheBytes: 0 });
  });
  afterAll(() => synthesis.close());

  test('speaks a sentence in pieces of 200 ms at telephone level', async () => {
    const stream = synthesis.open(OPTIONS);
    const pieces: Uint8Array[] = [];
    for await (const piece of stream.speak(SENTENCE, never)) pieces.push(piece);
    const audio = Buffer.concat(pieces);

    expect(pieces.slice(0, -1).every(piece => piece.length === 1_600)).toBe(true);
    expect(audio.length).toBeGreaterThan(2.5 * 8_000);
    expect(audio.length).toBeLessThan(6 * 8_000);

    const samples = decodeMuLaw(audio);
    const level = soundingLevelDb(samples);
    expect(level).toBeGreaterThan(-23);
    expect(level).toBeLessThan(-18);
    expect(Math.max(...samples)).toBeLessThan(31_000);
    expect(silenceBefore(samples)).toBeLessThanOrEqual(0.09 * 8_000);
    expect(silenceBefore(samples.toReversed())).toBeLessThanOrEqual(0.09 * 8_000);
  });

  test('speaks the same text the same way, with every voice of its own', async () => {
    for (const voice of ['slt', 'rms', 'awb', 'kal', 'kal16']) {
      const first = await spoken(synthesis.open({ ...OPTIONS, voice }), 'One moment, please.');
      const again = await spoken(synthesis.open({ ...OPTIONS, voice }), 'One moment, please.');
      expect(first.length, voice).toBeGreaterThan(4_000);
      expect(Buffer.compare(first, again), voice).toBe(0);
    }
  });

  test('stands in for a voice of another provider with its default voice', async () => {
    const own = await spoken(synthesis.open(OPTIONS), 'Hello.');
    const other = await spoken(synthesis.open({ ...OPTIONS, voice: 'aura-2-thalia-en' }), 'Hello.');
    expect(Buffer.compare(own, other)).toBe(0);
  });

  test('says nothing when there is nothing to pronounce, and survives odd characters', async () => {
    const stream = synthesis.open(OPTIONS);
    for (const nothing of ['', '   ', '…', '🙂', '***'])
      expect(await spoken(stream, nothing)).toHaveLength(0);
    const odd = await spoken(stream, '“Café” – <b>50%</b> off & more… \\ {x} | £3.50 \u0000 ok? 🙂');
    expect(odd.length).toBeGreaterThan(8_000);
  });

  test('refuses a call in another language', () => {
    expect(() => synthesis.open({ ...OPTIONS, language: 'de-DE' })).toThrow('Flite speaks English only');
  });

  test('takes calls in turn, each in its own order', async () => {
    const order: string[] = [];
    const [first, second] = [synthesis.open(OPTIONS), synthesis.open(OPTIONS)];
    const say = (stream: SynthesisStream, name: string) =>
      spoken(stream, `Sentence ${name}.`).then(() => order.push(name));

    await Promise.all([say(first, 'a1'), say(first, 'a2'), say(first, 'a3'), say(second, 'b1')]);
    expect(order).toEqual(['a1', 'a2', 'b1', 'a3']);
  });

  test('an abort ends a queued and a running sentence without an error', async () => {
    const stream = synthesis.open(OPTIONS);
    const running = new AbortController();
    const queued = new AbortController();
    const order: string[] = [];
    const sentences = [
      spoken(stream, `${SENTENCE} ${SENTENCE}`, running.signal).then(audio =>
        order.push(`running ${audio.length}`),
      ),
      spoken(stream, `${SENTENCE} ${SENTENCE}`, queued.signal).then(audio =>
        order.push(`queued ${audio.length}`),
      ),
      spoken(stream, 'Sure.').then(audio => order.push(`last ${audio.length > 2_000}`)),
    ];
    await new Promise(setImmediate);
    queued.abort();
    running.abort();
    await Promise.all(sentences);
    expect(order).toEqual(['queued 0', 'running 0', 'last true']);
  });

  test('an abort between pieces ends the sentence there', async () => {
    const stop = new AbortController();
    let pieces = 0;
    for await (const _ of synthesis.open(OPTIONS).speak(SENTENCE, stop.signal))
      if (++pieces === 2) stop.abort();
    expect(pieces).toBe(2);
  });

  test('a closed stream says no more, and does not disturb the others', async () => {
    const [closed, open] = [synthesis.open(OPTIONS), synthesis.open(OPTIONS)];
    const silent = spoken(closed, SENTENCE);
    const heard = spoken(open, 'Hello.');
    closed.close();
    expect(await silent).toHaveLength(0);
    expect((await heard).length).toBeGreaterThan(2_000);
  });
});

test('a sentence spoken before comes from memory', async () => {
  const synthesis = await openFliteSynthesis();
  const first = await spoken(synthesis.open(OPTIONS), SENTENCE);
  await synthesis.close();
  // The threads are gone: only memory can answer.
  expect(Buffer.compare(await spoken(synthesis.open(OPTIONS), SENTENCE), first)).toBe(0);
  await expect(spoken(synthesis.open(OPTIONS), 'Something new.')).rejects.toThrow('closed');
});

test('closing fails the sentences still waiting', async () => {
  const synthesis = await openFliteSynthesis();
  const stream = synthesis.open(OPTIONS);
  const results = Promise.allSettled([spoken(stream, SENTENCE), spoken(stream, 'Later.')]);
  await new Promise(setImmediate);
  await synthesis.close();
  for (const result of await results) expect(result.status).toBe('rejected');
});

async function spoken(stream: SynthesisStream, text: string, signal = never): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream.speak(text, signal)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function soundingLevelDb(samples: Int16Array): number {
  const powers: number[] = [];
  for (let at = 0; at + 80 <= samples.length; at += 80)
    powers.push(samples.subarray(at, at + 80).reduce((sum, sample) => sum + sample * sample, 0) / 80);
  const loud = powers.filter(power => power > Math.max(...powers) * 1e-4);
  return 10 * Math.log10(loud.reduce((sum, power) => sum + power, 0) / loud.length / 32_768 ** 2);
}

function silenceBefore(samples: Int16Array): number {
  return samples.findIndex(sample => Math.abs(sample) > 100);
}
