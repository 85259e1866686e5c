import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import type { SynthesisStream } from '../../../../runtime/ports.ts';
import { startDeepgramEmulator } from '../../../../src/emulators/deepgram/deepgram.ts';
import type { Fault, FaultKind } from '../../../../src/emulators/emulator.ts';
import { toneOf } from '../../../../src/emulators/speech/sound.ts';
import {
  type DeepgramSynthesisOptions,
  openDeepgramSynthesis,
} from '../../../../src/providers/deepgram/synthesis/open.ts';
import { Secret } from '../../../../src/secret.ts';
import { KEY } from './listening.ts';

const SENTENCE = 'Your order is on its way to you.';
const never = new AbortController().signal;

async function speaking({
  faults = [],
  standing = null,
  ...options
}: Partial<DeepgramSynthesisOptions> & { faults?: Fault[]; standing?: Fault | null } = {}) {
  const clock = new SimulatedClock();
  const emulator = await startDeepgramEmulator({ apiKey: KEY, clock });
  emulator.nextFaults.push(...faults);
  emulator.standingFault = standing;
  const synthesis = openDeepgramSynthesis({
    apiKey: new Secret(KEY),
    baseUrl: emulator.url,
    clock,
    random: () => 0.5,
    ...options,
  });
  const stream = synthesis.open({ callId: 'CA1', voice: 'thalia', language: 'en-US' });
  onTestFinished(async () => {
    await synthesis.close();
    await emulator.close();
  });
  const posts = () => emulator.requests.filter(({ method }) => method === 'POST');
  const sockets = () => emulator.requests.filter(({ method }) => method === 'GET');
  return { clock, emulator, stream, posts, sockets };
}

async function collect(stream: SynthesisStream, text: string, signal = never): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const audio of stream.speak(text, signal)) pieces.push(audio);
  return Buffer.concat(pieces);
}

/** Lets time pass until `work` is done: for providers that stall. */
async function whileTimePasses<T>(clock: SimulatedClock, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  while (!isOver) {
    await clock.advance(50);
    await new Promise<void>(resolve => setImmediate(resolve));
  }
  return work;
}

/** Sockets are open as the emulator sees it, and have greeted. */
async function warm({ emulator, stream }: Awaited<ReturnType<typeof speaking>>): Promise<void> {
  await vi.waitFor(() => expect(emulator.openSockets).toBe(1), { timeout: 10_000, interval: 5 });
  await collect(stream, 'Hm.');
}

it('speaks sentence after sentence over one socket that was opened with the call', async () => {
  const { stream, emulator, posts, sockets } = await speaking();
  await vi.waitFor(() => expect(emulator.openSockets).toBe(1));
  expect((await collect(stream, SENTENCE)).equals(toneOf(SENTENCE))).toBe(true);
  expect((await collect(stream, 'Goodbye.')).equals(toneOf('Goodbye.'))).toBe(true);

  expect(posts()).toHaveLength(0);
  expect(sockets()).toHaveLength(1);
  expect(Object.fromEntries(sockets()[0]?.query ?? [])).toEqual({
    model: 'aura-2-thalia-en',
    encoding: 'mulaw',
    sample_rate: '8000',
  });
  expect(sockets()[0]?.messages).toEqual([
    { type: 'Speak', text: SENTENCE },
    { type: 'Flush' },
    { type: 'Speak', text: 'Goodbye.' },
    { type: 'Flush' },
  ]);
});

it('falls silent at once when aborted, and nothing of the old sentence is in the next', async () => {
  // Metadata is the first output, three pieces of audio follow, and the rest comes late.
  const { stream, sockets, clock } = await speaking({
    faults: [{ kind: 'stallAfter', afterEvents: 4, ms: 700 }],
  });
  const abort = new AbortController();
  let bytes = 0;
  for await (const audio of stream.speak(SENTENCE, abort.signal)) {
    bytes += audio.length;
    if (bytes === 4_800) abort.abort();
  }
  expect(bytes).toBe(4_800);
  await vi.waitFor(() => expect(sockets()[0]?.messages.at(-1)).toEqual({ type: 'Clear' }));

  const next = await whileTimePasses(clock, collect(stream, 'Go on.'));
  expect(next.equals(toneOf('Go on.'))).toBe(true);
  expect(sockets()).toHaveLength(1);
});

it('clears when its reader walks away in mid-sentence', async () => {
  const { stream, sockets, clock } = await speaking({
    faults: [{ kind: 'stallAfter', afterEvents: 4, ms: 700 }],
  });
  for await (const _ of stream.speak(SENTENCE, never)) break;
  const next = await whileTimePasses(clock, collect(stream, 'Go on.'));
  expect(next.equals(toneOf('Go on.'))).toBe(true);
  expect(sockets()[0]?.messages).toContainEqual({ type: 'Clear' });
});

describe('a socket that fails in mid-sentence', () => {
  const kinds: FaultKind[] = ['cut', 'serverError', 'malformed', 'stallAfter', 'drip'];
  for (const kind of kinds)
    it(`costs no audio and doubles none: ${kind} after any output`, async () => {
      for (const afterEvents of [0, 1, 2, 3, 6, 10, 11]) {
        const set = await speaking({ faults: [{ kind, afterEvents, path: '/v1/speak' }] });
        const audio = await whileTimePasses(set.clock, collect(set.stream, SENTENCE));
        // A garbled piece of audio is a text message in its place: known to be missing, it is asked for again.
        expect(audio.equals(toneOf(SENTENCE)), `${kind} after ${afterEvents}`).toBe(true);
        const again = await whileTimePasses(set.clock, collect(set.stream, 'And again.'));
        expect(again.equals(toneOf('And again.'))).toBe(true);
      }
    });

  it('is followed by a new one, which speaks the next sentence', async () => {
    const set = await speaking();
    await warm(set);
    set.emulator.dropSockets(1011, 'NET-0000');
    await vi.waitFor(() => expect(set.sockets()).toHaveLength(2));
    await vi.waitFor(() => expect(set.emulator.openSockets).toBe(1));
    await collect(set.stream, SENTENCE);
    expect(set.posts()).toHaveLength(0);
  });
});

describe('without a socket', () => {
  const faults: Fault[] = [
    { kind: 'refuse' },
    { kind: 'throttle' },
    { kind: 'serverError' },
    { kind: 'stallBefore' },
  ];
  for (const fault of faults)
    it(`a sentence is asked for over HTTP: ${fault.kind}`, async () => {
      const { stream, clock, posts, emulator } = await speaking({ faults: [fault, fault] });
      await vi.waitFor(() => expect(emulator.requests.length).toBeGreaterThan(0));
      if (fault.kind !== 'stallBefore') await vi.waitFor(() => expect(emulator.requests).toHaveLength(2));
      else emulator.nextFaults.length = 0;
      await new Promise<void>(resolve => setImmediate(resolve));

      const audio = await whileTimePasses(clock, collect(stream, SENTENCE));
      expect(audio.equals(toneOf(SENTENCE))).toBe(true);
      expect(posts()[0]?.body).toEqual({ text: SENTENCE });
      expect(Object.fromEntries(posts()[0]?.query ?? [])).toEqual({
        model: 'aura-2-thalia-en',
        encoding: 'mulaw',
        sample_rate: '8000',
        container: 'none',
      });
    });

  // The socket is refused first and once more at once; then come the requests.
  const noSocket: Fault[] = [{ kind: 'refuse' }, { kind: 'refuse' }];
  async function overHttp(...requests: Fault[]) {
    const set = await speaking({ faults: noSocket });
    await vi.waitFor(() => expect(set.emulator.requests).toHaveLength(2));
    set.emulator.nextFaults.push(...requests);
    // Sockets that are dialled meanwhile must not take the requests' faults.
    return set;
  }

  for (const fault of [
    { kind: 'cut', afterEvents: 3 },
    { kind: 'serverError' },
    { kind: 'refuse' },
    { kind: 'throttle', ms: 1_000 },
    { kind: 'stallBefore' },
    { kind: 'stallAfter', afterEvents: 2 },
  ] as Fault[])
    it(`and with a request that fails, another finishes the sentence: ${fault.kind}`, async () => {
      const { stream, clock, posts } = await overHttp(fault);
      const work = collect(stream, SENTENCE);
      await vi.waitFor(() => expect(posts()).toHaveLength(1));
      const audio = await whileTimePasses(clock, work);
      expect(audio.equals(toneOf(SENTENCE))).toBe(true);
    });

  it('a sentence that nothing can speak is a ProviderError, in bounded time', async () => {
    const { stream, clock } = await speaking({ standing: { kind: 'serverError' } });
    const error = await whileTimePasses(clock, collect(stream, SENTENCE)).catch(caught => caught);
    expect(error).toMatchObject({ name: 'ProviderError', fault: 'unavailable', provider: 'deepgram' });
    expect(clock.now()).toBeLessThan(5_000);
  });

  it('a long wait that the provider asks for is told, not waited for', async () => {
    const { stream, clock } = await speaking({ standing: { kind: 'throttle', ms: 20_000 } });
    const error = await whileTimePasses(clock, collect(stream, SENTENCE)).catch(caught => caught);
    expect(error).toMatchObject({ fault: 'throttled', retryAfterMs: 20_000 });
  });

  it('a refused key is told at once, without the key', async () => {
    const { stream, clock, emulator } = await speaking({ standing: { kind: 'wrongKey' } });
    const error = await whileTimePasses(clock, collect(stream, SENTENCE)).catch(caught => caught);
    expect(error).toMatchObject({ fault: 'unauthorized' });
    expect(inspect([error, error.stack, error.cause, emulator.requests], { depth: 8 })).not.toContain(KEY);
    expect(emulator.requests.length).toBeLessThanOrEqual(2);
  });

  it('an aborted request ends without an error, and so does its connection', async () => {
    const { stream } = await overHttp({ kind: 'stallAfter', afterEvents: 2 });
    const abort = new AbortController();
    let bytes = 0;
    for await (const audio of stream.speak(SENTENCE, abort.signal)) {
      bytes += audio.length;
      if (bytes >= 3_200) abort.abort();
    }
    expect(bytes).toBe(3_200);
  });
});

it('keeps below the limits of a socket: more than 18 sentences in a minute are asked for over HTTP', async () => {
  const { stream, clock, posts, sockets, emulator } = await speaking();
  await vi.waitFor(() => expect(emulator.openSockets).toBe(1));
  for (let i = 0; i < 10; i++) await collect(stream, `Number ${i}.`);
  await clock.advance(40_000);
  for (let i = 0; i < 10; i++) await collect(stream, `Number ${i}.`);
  expect(posts()).toHaveLength(2);
  await clock.advance(19_900);
  await collect(stream, 'Still limited.');
  expect(posts()).toHaveLength(3);
  await clock.advance(200);
  await collect(stream, 'Free again.');
  expect(posts()).toHaveLength(3);
  expect(sockets()).toHaveLength(1);
});

it('replaces a socket that was closed for idleness, and one that grows too old', async () => {
  const set = await speaking();
  await warm(set);
  for (let spoken = 0; spoken < 65; spoken++) {
    await set.clock.advance(50_000);
    await collect(set.stream, 'One moment.');
  }
  expect(set.sockets()).toHaveLength(1);
  await set.clock.advance(49_000);
  await collect(set.stream, 'One moment.');
  await set.clock.advance(1_500);
  await vi.waitFor(() => expect(set.sockets()).toHaveLength(2));
  await vi.waitFor(() => expect(set.emulator.openSockets).toBe(1));
  await set.clock.advance(60_000);
  await vi.waitFor(() => expect(set.sockets()).toHaveLength(3));
  await vi.waitFor(() => expect(set.emulator.openSockets).toBe(1));
  await collect(set.stream, SENTENCE);
  expect(set.posts()).toHaveLength(0);
});

it('cuts what is too long for one request between sentences, and says all of it', async () => {
  const { stream } = await speaking();
  const text = Array.from(
    { length: 80 },
    (_, i) => `This is sentence number ${i} of many more to come.`,
  ).join(' ');
  const audio = await collect(stream, text);
  const spaces = Math.round((toneOf(text).length - audio.length) / toneOf('x').length);
  // Each cut takes the one space at which it was made.
  expect(spaces).toBe(Math.ceil(text.length / 2_000) - 1);
});

it('says nothing for a text without words, and does not speak what Aura cannot', async () => {
  const { stream, emulator } = await speaking();
  expect(await collect(stream, ' … ')).toHaveLength(0);
  const synthesis = openDeepgramSynthesis({
    apiKey: new Secret(KEY),
    baseUrl: emulator.url,
    clock: new SimulatedClock(),
  });
  expect(() => synthesis.open({ callId: 'CA2', voice: 'thalia', language: 'sv-SE' })).toThrow(/sv-SE/);
});
