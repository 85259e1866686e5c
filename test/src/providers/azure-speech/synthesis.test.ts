import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SimulatedClock } from '../../../../runtime/clock.ts';
import type { SynthesisStream } from '../../../../runtime/ports.ts';
import { startAzureSpeechEmulator } from '../../../../src/emulators/azure-speech/azure-speech.ts';
import type { Fault, FaultKind } from '../../../../src/emulators/emulator.ts';
import { toneOf } from '../../../../src/emulators/speech/sound.ts';
import {
  type AzureSpeechSynthesisOptions,
  openAzureSpeechSynthesis,
} from '../../../../src/providers/azure-speech/synthesis/open.ts';
import { Secret } from '../../../../src/secret.ts';
import { KEY, messagesOf } from './listening.ts';

const SENTENCE = 'Your order is on its way to you.';
const SOCKET = '/tts/cognitiveservices/websocket/v1';
const AN_HOUR_MS = 3_600_000;
const never = new AbortController().signal;

async function speaking({
  faults = [],
  standing = null,
  voice = 'en-GB-RyanNeural',
  language = 'en-GB',
  ...options
}: Partial<AzureSpeechSynthesisOptions> & {
  faults?: Fault[];
  standing?: Fault | null;
  voice?: string;
  language?: string;
} = {}) {
  const clock = new SimulatedClock();
  const emulator = await startAzureSpeechEmulator({ key: KEY, clock });
  emulator.nextFaults.push(...faults);
  emulator.standingFault = standing;
  const synthesis = openAzureSpeechSynthesis({
    key: new Secret(KEY),
    region: 'eastus',
    endpoint: emulator.url,
    clock,
    random: () => 0.5,
    // Of simulated time, which runs ahead of the network.
    connectTimeoutMs: AN_HOUR_MS,
    ...options,
  });
  const stream = synthesis.open({ callId: 'CA1', voice, language });
  onTestFinished(async () => {
    await synthesis.close();
    await emulator.close();
  });
  const posts = () => emulator.requests.filter(({ method }) => method === 'POST');
  const sockets = () => emulator.requests.filter(({ method }) => method === 'GET');
  return { clock, emulator, synthesis, stream, posts, sockets };
}

type Speaking = Awaited<ReturnType<typeof speaking>>;

async function collect(stream: SynthesisStream, text: string, signal = never): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const audio of stream.speak(text, signal)) pieces.push(audio);
  return Buffer.concat(pieces);
}

/**
 * Lets time pass until `work` is done, or something is asked for over HTTP, and not so fast that the network cannot
 * keep up.
 */
async function whileTimePasses<T>({ clock, posts }: Speaking, work: Promise<T>, requests = 1): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  const asked = posts().length + requests;
  while (!isOver && posts().length < asked) {
    await clock.advance(50);
    await new Promise<void>(resolve => setTimeout(resolve, 2));
  }
  return work;
}

/** The socket is open, as the adapter sees it. */
async function warm({ emulator, stream }: Speaking, sockets = 1): Promise<void> {
  await vi.waitFor(
    () => {
      if (emulator.requests.length < sockets || emulator.openSockets !== 1) throw new Error('not yet');
    },
    { timeout: 10_000, interval: 5 },
  );
  await collect(stream, 'Hm.');
}

it('speaks sentence after sentence over one socket that was opened with the call', async () => {
  const { stream, emulator, posts, sockets } = await speaking();
  await vi.waitFor(() => expect(emulator.openSockets).toBe(1));
  expect((await collect(stream, SENTENCE)).equals(toneOf(SENTENCE))).toBe(true);
  expect((await collect(stream, 'Tom & "Ann" <3.')).equals(toneOf('Tom & "Ann" <3.'))).toBe(true);

  expect(posts()).toHaveLength(0);
  expect(sockets()).toHaveLength(1);
  const [socket] = sockets();
  expect(messagesOf(socket, 'synthesis.context')[0]?.body).toMatchObject({
    synthesis: { audio: { outputFormat: 'raw-8khz-8bit-mono-mulaw' } },
  });
  expect(messagesOf(socket, 'ssml').map(({ body }) => body)).toEqual([
    '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-GB">' +
      `<voice name="en-GB-RyanNeural">${SENTENCE}</voice></speak>`,
    expect.stringContaining('Tom &amp; &quot;Ann&quot; &lt;3.'),
  ]);
});

it('yields audio as it comes, before the sentence is whole', async () => {
  // turn.start, response and two pieces of audio come through.
  const set = await speaking({ faults: [{ kind: 'stallAfter', afterEvents: 4, ms: 700 }] });
  const audio = set.stream.speak(SENTENCE, never)[Symbol.asyncIterator]();
  expect((await audio.next()).value).toHaveLength(1_600);
  expect((await audio.next()).value).toHaveLength(1_600);
  const rest = whileTimePasses(set, audio.next());
  expect((await rest).value).toHaveLength(1_600);
});

it('speaks Cantonese, by any of its names, and refuses what Azure does not speak', async () => {
  for (const [language, locale, voice] of [
    ['zh-HK', 'zh-HK', 'zh-HK-HiuMaanNeural'],
    ['yue', 'yue-CN', 'yue-CN-XiaoMinNeural'],
    ['yue-HK', 'zh-HK', 'zh-HK-HiuMaanNeural'],
  ] as const) {
    const set = await speaking({ language, voice: 'thalia' });
    await warm(set);
    await collect(set.stream, '你好');
    const ssml = messagesOf(set.sockets()[0], 'ssml').at(-1)?.body;
    expect(ssml).toContain(`xml:lang="${locale}"><voice name="${voice}">你好</voice>`);
  }
  const { synthesis } = await speaking();
  expect(() => synthesis.open({ callId: 'CA1', voice: '', language: 'tlh' })).toThrow(/does not speak tlh/);
});

describe('an aborted sentence', () => {
  it('falls silent at once, and nothing of it is in the next', async () => {
    const set = await speaking({ faults: [{ kind: 'stallAfter', afterEvents: 5, ms: 700 }] });
    await vi.waitFor(() => expect(set.emulator.openSockets).toBe(1));
    const abort = new AbortController();
    let bytes = 0;
    for await (const audio of set.stream.speak(SENTENCE, abort.signal)) {
      bytes += audio.length;
      if (bytes === 4_800) abort.abort();
    }
    expect(bytes).toBe(4_800);

    const next = await whileTimePasses(set, collect(set.stream, 'Go on.'));
    expect(next.equals(toneOf('Go on.'))).toBe(true);
    await vi.waitFor(() => expect(set.emulator.openSockets).toBe(1));
    expect(set.sockets()).toHaveLength(2);
  });

  it('ends while it waits for its first audio', async () => {
    const set = await speaking({ faults: [{ kind: 'stallAfter' }] });
    await vi.waitFor(() => expect(set.emulator.openSockets).toBe(1));
    const abort = new AbortController();
    const spoken = collect(set.stream, SENTENCE, abort.signal);
    await vi.waitFor(() => expect(messagesOf(set.sockets()[0], 'ssml')).toHaveLength(1));
    abort.abort();
    expect(await spoken).toHaveLength(0);
    expect(set.posts()).toHaveLength(0);
  });
});

describe('a socket that fails in mid-sentence', () => {
  const kinds: FaultKind[] = ['cut', 'serverError', 'malformed', 'stallAfter'];
  for (const kind of kinds)
    it(`costs no audio and doubles none: ${kind} after any output`, async () => {
      // turn.start, response, ten pieces of audio, metadata, the end of the audio, turn.end.
      const moments = [0, 1, 2, 3, 6, 10, 11, 12, 13, 14];
      for (const afterEvents of moments) {
        // What is noticed at once needs no time-out; neither may strike because the network is slow.
        const firstAudioTimeoutMs = kind === 'stallAfter' ? 1_500 : AN_HOUR_MS;
        const set = await speaking({ faults: [{ kind, afterEvents, path: SOCKET }], firstAudioTimeoutMs });
        const audio = await whileTimePasses(set, collect(set.stream, SENTENCE));
        expect(audio.equals(toneOf(SENTENCE)), `${kind} after ${afterEvents}`).toBe(true);
        const again = await whileTimePasses(set, collect(set.stream, 'And again.'));
        expect(again.equals(toneOf('And again.'))).toBe(true);
      }
    });

  it('is followed by a new one, which speaks the next sentence', async () => {
    const set = await speaking();
    await warm(set);
    // As the service does after five minutes; the SDK takes it for no failure.
    set.emulator.dropSockets(1000, 'Exceeded maximum websocket connection idle duration(> 300000ms)');
    await warm(set, 2);
    expect(set.sockets()).toHaveLength(2);
    expect(set.posts()).toHaveLength(0);
  });
});

describe('without a socket', () => {
  it.each(['refuse', 'serverError', 'throttle', 'stallBefore'] as const)(
    'a sentence is spoken over HTTP: %s',
    async kind => {
      const set = await speaking({ standing: { kind, path: SOCKET }, firstAudioTimeoutMs: AN_HOUR_MS });
      const audio = await whileTimePasses(set, collect(set.stream, SENTENCE));
      expect(audio.equals(toneOf(SENTENCE))).toBe(true);
      expect(set.posts()[0]?.path).toBe('/tts/cognitiveservices/v1');
      expect(set.posts()[0]?.headers).toMatchObject({
        'content-type': 'application/ssml+xml',
        'x-microsoft-outputformat': 'raw-8khz-8bit-mono-mulaw',
      });
    },
  );

  it.each([
    ['refuse', 'unavailable', 2],
    ['serverError', 'unavailable', 2],
    ['throttle', 'throttled', 2],
    ['stallBefore', 'timeout', 2],
    ['wrongKey', 'unauthorized', 1],
  ] as const)('and without HTTP it fails, within a bound: %s', async (kind, fault, requests) => {
    const isMute = kind === 'stallBefore';
    const firstAudioTimeoutMs = isMute ? 1_500 : AN_HOUR_MS;
    const set = await speaking({ standing: { kind }, firstAudioTimeoutMs });
    const spoken = collect(set.stream, SENTENCE);
    await expect(whileTimePasses(set, spoken, isMute ? requests + 1 : requests)).rejects.toMatchObject({
      fault,
      provider: 'azure-speech',
    });
    expect(set.posts()).toHaveLength(requests);
  });

  it('another socket is dialled when the first is not answered in time', async () => {
    const set = await speaking({ standing: { kind: 'stallBefore', path: SOCKET }, connectTimeoutMs: 3_000 });
    await set.clock.advance(2_999);
    expect(set.sockets().length).toBeLessThanOrEqual(1);
    await set.clock.advance(1);
    await vi.waitFor(() => expect(set.sockets()).toHaveLength(2), { timeout: 10_000 });
  });

  it('audio over HTTP that breaks off is asked for once more, and goes on where it stopped', async () => {
    const set = await speaking({
      faults: [{ kind: 'cut', afterEvents: 3, path: '/tts/cognitiveservices/v1' }],
      standing: { kind: 'refuse', path: SOCKET },
      firstAudioTimeoutMs: AN_HOUR_MS,
    });
    const audio = await whileTimePasses(set, collect(set.stream, SENTENCE), 2);
    expect(audio.equals(toneOf(SENTENCE))).toBe(true);
    expect(set.posts()).toHaveLength(2);
  });
});

it('tells the key to nobody', async () => {
  const set = await speaking({ standing: { kind: 'wrongKey' } });
  const error = await collect(set.stream, SENTENCE).then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(Error);
  expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain(KEY);
  expect(inspect(set.emulator.requests, { depth: 9 })).not.toContain(KEY);
});

it('leaves nothing behind when it is closed', async () => {
  const set = await speaking();
  await warm(set);
  const idle = await speaking();
  await vi.waitFor(() => expect(idle.emulator.openSockets).toBe(1));
  for (const { stream, emulator, clock } of [set, idle]) {
    stream.close();
    await vi.waitFor(() => expect(emulator.openSockets).toBe(0));
    expect(clock.pending).toBe(0);
  }
});
