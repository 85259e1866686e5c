import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { decodeMuLaw, encodeMuLaw } from '../../../runtime/media/mulaw.ts';
import { CarrierLine, type CarrierLineOptions } from '../../../src/caller/carrier-line.ts';
import { tickerOf } from '../../../src/caller/frame-ticker.ts';
import { cutIntoFrames } from '../../../src/caller/speech.ts';
import { StereoRecorder } from '../../../src/caller/stereo-recorder.ts';
import { type ServerStream, startServer, type TestServer } from './carrier-server.ts';

const identity = { accountSid: 'ACa', callSid: 'CAb', streamSid: 'MZc' };
const SILENCE = Buffer.alloc(160, 0xff);

/** A voice, as far as a telephone is concerned: loud, and different in every millisecond. */
function voice(ms: number, seed = 1): Uint8Array {
  return encodeMuLaw(Int16Array.from({ length: ms * 8 }, (_, i) => 8_000 * Math.sin(i * 0.3 * seed) + seed));
}

let server: TestServer;
let clock: SimulatedClock;
const lines: CarrierLine[] = [];

beforeEach(async () => {
  server = await startServer();
  clock = new SimulatedClock();
});

afterEach(async () => {
  for (const line of lines.splice(0)) if (line.isOpen) await line.dropLine();
  await server.close();
});

async function openLine(options: Partial<CarrierLineOptions> = {}) {
  const url = server.url.replace('http', 'ws');
  const line = new CarrierLine({ url, ...identity, clock, ...options });
  lines.push(line);
  await line.open();
  const stream = await server.stream(server.streams.length - 1);
  return { line, stream };
}

/** Does something on the server, and waits until the line has seen the last of it. */
async function arrives(
  line: CarrierLine,
  event: 'markReceived' | 'frame' | 'clear' | 'protocolError',
  act: () => void,
) {
  const seen = once(line, event);
  act();
  await seen;
}

async function mediaUntil(stream: ServerStream, count: number) {
  await stream.until(({ messages }) => messages.filter(m => m.event === 'media').length >= count);
  return stream.of('media');
}

describe('what Twilio sends', () => {
  it('is connected, start, then media, with numbers as strings', async () => {
    const { stream } = await openLine({ customParameters: { token: 't', edge_region: 'lhr1' } });
    clock.advanceSync(40);
    await mediaUntil(stream, 2);

    const payload = SILENCE.toString('base64');
    const media = (sequenceNumber: string, chunk: string, timestamp: string) => ({
      event: 'media',
      sequenceNumber,
      streamSid: 'MZc',
      media: { track: 'inbound', chunk, timestamp, payload },
    });
    expect(stream.messages).toEqual([
      { event: 'connected', protocol: 'Call', version: '1.0.0' },
      {
        event: 'start',
        sequenceNumber: '1',
        streamSid: 'MZc',
        start: {
          ...identity,
          tracks: ['inbound'],
          customParameters: { token: 't', edge_region: 'lhr1' },
          mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        },
      },
      media('2', '1', '0'),
      media('3', '2', '20'),
    ]);
  });

  it('counts every message in one sequence and ends with stop and a clean close', async () => {
    const { line, stream } = await openLine();
    clock.advanceSync(20);
    line.key('#');
    await arrives(line, 'markReceived', () => stream.mark('m'));
    clock.advanceSync(20);
    const end = await line.hangUp();
    await stream.until(({ closedWith }) => closedWith !== null);

    expect(stream.messages.slice(3)).toEqual([
      { event: 'dtmf', sequenceNumber: '3', streamSid: 'MZc', dtmf: { track: 'inbound_track', digit: '#' } },
      { event: 'mark', sequenceNumber: '4', streamSid: 'MZc', mark: { name: 'm' } },
      expect.objectContaining({ event: 'media', sequenceNumber: '5' }),
      { event: 'stop', sequenceNumber: '6', streamSid: 'MZc', stop: { accountSid: 'ACa', callSid: 'CAb' } },
    ]);
    expect(stream.closedWith).toEqual({ code: 1000 });
    expect(end).toMatchObject({ code: 1000, by: 'caller' });
    expect(clock.pending).toBe(0);
  });

  it('is a frame every 20 ms for ever: an hour late is an hour of frames, none skipped', async () => {
    const { line } = await openLine();
    clock.advanceSync(3_600_000);
    expect(line.counts.framesSent + line.counts.framesDropped).toBe(180_000);
  });

  it('keeps the schedule when timers are late, without moving the frames after', async () => {
    const times: number[] = [];
    const late = new SimulatedClock();
    const sluggish = {
      now: () => late.now(),
      wallTime: () => late.wallTime(),
      setTimeout: (run: () => void, ms: number) => late.setTimeout(run, ms + 7),
      clearTimeout: (handle: unknown) => late.clearTimeout(handle),
    };
    tickerOf(sluggish).add({ tick: () => times.push(late.now()) });
    late.advanceSync(100_000);

    expect(times).toHaveLength(4_999);
    expect(Math.max(...times.map((at, i) => at - (i + 1) * 20))).toBeLessThanOrEqual(7);
  });

  it('is what the caller says, frame by frame, the last filled up with silence', async () => {
    const { line, stream } = await openLine();
    const words = voice(50);
    const said = line.say(words);
    clock.advanceSync(80);
    await said;
    const media = await mediaUntil(stream, 4);

    const heard = Buffer.concat(media.map(m => Buffer.from(m.media.payload, 'base64')));
    expect(heard.subarray(0, 400)).toEqual(Buffer.from(words));
    expect(heard.subarray(400)).toEqual(Buffer.alloc(240, 0xff));
  });

  it('is not a key that no telephone has', async () => {
    const { line } = await openLine();
    expect(() => line.key('12')).toThrow('no key "12"');
  });
});

describe('playout', () => {
  it('echoes marks in order, each when all audio before it has been heard', async () => {
    const { line, stream } = await openLine();
    const echoed: [string, string, number][] = [];
    line.on('mark', (...mark) => echoed.push(mark));
    await arrives(line, 'markReceived', () => {
      stream.media(voice(100));
      stream.mark('a');
      stream.media(voice(60));
      stream.mark('b');
      stream.media(voice(2_000));
    });
    await arrives(line, 'markReceived', () => stream.mark('c'));

    // The first frame begins to play at 20 ms.
    clock.advanceSync(119);
    expect(echoed).toEqual([]);
    clock.advanceSync(10_000);
    expect(echoed).toEqual([
      ['a', 'played', 120],
      ['b', 'played', 180],
      ['c', 'played', 2_180],
    ]);
    await stream.until(({ messages }) => messages.filter(m => m.event === 'mark').length === 3);
    expect(stream.of('mark').map(m => m.mark.name)).toEqual(['a', 'b', 'c']);
  });

  it('echoes a mark at once when nothing is waiting', async () => {
    const { line, stream } = await openLine();
    clock.advanceSync(33);
    await arrives(line, 'markReceived', () => stream.mark('early'));
    await stream.until(({ messages }) => messages.some(m => m.event === 'mark'));
    expect(line.counts.marks).toBe(1);
  });

  it('drops everything on clear and echoes all outstanding marks at once, then plays on', async () => {
    const { line, stream } = await openLine();
    const echoed: [string, string, number][] = [];
    const cleared: [number, number][] = [];
    line.on('mark', (...mark) => echoed.push(mark));
    line.on('clear', (...clear) => cleared.push(clear));
    await arrives(line, 'markReceived', () => {
      stream.media(voice(500));
      stream.mark('a');
    });
    await arrives(line, 'markReceived', () => {
      stream.media(voice(500));
      stream.mark('b');
    });
    clock.advanceSync(220);
    await arrives(line, 'clear', () => stream.clear());

    expect(echoed).toEqual([
      ['a', 'cleared', 220],
      ['b', 'cleared', 220],
    ]);
    // Ten frames had been heard, the eleventh was being played.
    expect(cleared).toEqual([[220, (1_000 - 200) * 8]]);
    expect(line.bufferedMs).toBe(0);

    const next = once(line, 'frame');
    await arrives(line, 'markReceived', () => {
      stream.media(voice(20));
      stream.mark('c');
    });
    expect(await next).toEqual([220, 160, 220]);
    clock.advanceSync(40);
    expect(echoed.at(-1)).toEqual(['c', 'played', 260]);
  });

  it('throws away what goes beyond ten minutes, and nothing else', async () => {
    const { line, stream } = await openLine({ hearing: 'bytes' });
    const discarded: number[] = [];
    line.on('discarded', sizeBytes => discarded.push(sizeBytes));
    const minute = new Uint8Array(480_000);
    for (let i = 0; i < 10; i++) stream.media(minute);
    stream.media(new Uint8Array(1));
    await arrives(line, 'markReceived', () => stream.mark('end'));

    expect(discarded).toEqual([1]);
    expect(line.bufferedMs).toBe(600_000);
    clock.advanceSync(600_020);
    expect(line.counts).toMatchObject({ bytesPlayed: 4_800_000, bytesDiscarded: 1, marks: 1 });
  });

  it.each(['audio', 'bytes'] as const)(
    'tells by %s when the agent starts and stops being heard',
    async hearing => {
      const { line, stream } = await openLine({ hearing });
      const told: [string, number][] = [];
      line.on('agentStarted', atMs => told.push(['started', atMs]));
      line.on('agentStopped', atMs => told.push(['stopped', atMs]));
      await arrives(line, 'frame', () => stream.media(voice(1_000)));
      clock.advanceSync(5_000);

      expect(told).toEqual([
        ['started', 20],
        ['stopped', 1_020],
      ]);
    },
  );

  it('does not take silence that is sent for speech', async () => {
    const { line, stream } = await openLine();
    let starts = 0;
    line.on('agentStarted', () => starts++);
    await arrives(line, 'frame', () => stream.media(new Uint8Array(8_000).fill(0xff)));
    clock.advanceSync(2_000);
    expect(starts).toBe(0);
    expect(line.counts.bytesPlayed).toBe(8_000);
  });
});

describe('protocol errors', () => {
  it.each([
    ['what is not JSON', 'hello', /not JSON/],
    ['an unknown event', '{"event":"stop","streamSid":"MZc"}', /event is "stop"/],
    ['another stream', '{"event":"clear","streamSid":"MZx"}', /another streamSid/],
    ['audio that is not base64', '{"event":"media","streamSid":"MZc","media":{"payload":"a-b="}}', /base64/],
    ['a mark without a name', '{"event":"mark","streamSid":"MZc","mark":{}}', /mark\.name/],
  ])('are told for %s, and the line lives on', async (_, text, reason) => {
    const { line, stream } = await openLine();
    const told = once(line, 'protocolError');
    stream.socket.send(text);
    expect((await told)[0]).toMatch(reason);
    expect(line.isOpen).toBe(true);
  });
});

describe('the end', () => {
  it('of a dropped line reaches the server without stop or close frame', async () => {
    const { line, stream } = await openLine();
    expect(await line.dropLine()).toMatchObject({ by: 'dropped' });
    await stream.until(({ closedWith }) => closedWith !== null);
    expect(stream.closedWith).toEqual({ code: 1006 });
    expect(stream.of('stop')).toEqual([]);
  });

  it('by the server is told, and who was speaking need not wait', async () => {
    const { line, stream } = await openLine();
    const said = line.say(voice(10_000));
    stream.socket.close(1000, 'done');
    expect(await line.ended()).toEqual({ code: 1000, reason: 'done', by: 'server' });
    await said;
    expect(clock.pending).toBe(0);
  });

  it('before the beginning says what was refused', async () => {
    await server.close();
    const line = new CarrierLine({ url: server.url.replace('http', 'ws'), ...identity, clock });
    await expect(line.open()).rejects.toThrow(/No stream at ws:.*ECONNREFUSED/);
    server = await startServer();
  });
});

it('a recording has the caller on the left and the agent as played on the right', async () => {
  const recorder = new StereoRecorder(clock);
  const { line, stream } = await openLine({ recorder });
  const [caller, agent, next] = [voice(100, 1), voice(400, 2), voice(40, 3)];
  void line.say(caller);
  await arrives(line, 'frame', () => stream.media(agent));
  clock.advanceSync(200);
  await arrives(line, 'clear', () => stream.clear());
  await arrives(line, 'frame', () => stream.media(next));
  clock.advanceSync(100);
  await line.hangUp();

  const wav = recorder.toWav();
  const samples = Array.from({ length: (wav.length - 44) / 4 }, (_, i) => [
    wav.readInt16LE(44 + 4 * i),
    wav.readInt16LE(46 + 4 * i),
  ]);
  const silent = (ms: number) => Array<number>(ms * 8).fill(0);
  expect(samples.map(([left]) => left)).toEqual([...decodeMuLaw(caller), ...silent(200)]);
  expect(samples.map(([, right]) => right)).toEqual([
    ...decodeMuLaw(agent.subarray(0, 200 * 8)),
    ...decodeMuLaw(next),
    ...silent(60),
  ]);
});

it('two hundred lines share one timer and do not get in each other’s way', async () => {
  const words = cutIntoFrames(voice(400));
  const opened: { line: CarrierLine; stream: ServerStream }[] = [];
  for (let i = 0; i < 200; i++) {
    opened.push(await openLine({ streamSid: `MZ${i}`, hearing: 'bytes' }));
  }
  for (const { line, stream } of opened) {
    void line.say(words);
    await arrives(line, 'markReceived', () => {
      stream.media(voice(100));
      stream.mark('heard');
    });
  }
  expect(clock.pending).toBe(1);

  // Lines are spread over the frame: the last has its first frame at 36 ms.
  clock.advanceSync(16);
  for (const frames of [50, 100]) {
    clock.advanceSync(1_000);
    for (const { stream } of opened) await mediaUntil(stream, frames);
  }
  for (const [i, { line, stream }] of opened.entries()) {
    const media = stream.of('media');
    expect(media.map(m => m.media.chunk)).toEqual(media.map((_, chunk) => String(chunk + 1)));
    expect(new Set(stream.messages.map(m => m.streamSid))).toEqual(new Set([undefined, `MZ${i}`]));
    expect(line.counts).toMatchObject({ framesSent: 100, framesDropped: 0, bytesPlayed: 800, marks: 1 });
  }
  await Promise.all(opened.map(({ line }) => line.hangUp()));
  expect(clock.pending).toBe(0);
});
