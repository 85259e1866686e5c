import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { SimulatedClock } from '../../../runtime/clock.ts';
import { startDeepgramEmulator } from '../../../src/emulators/deepgram/deepgram.ts';
import type { Fault } from '../../../src/emulators/emulator.ts';
import { toneOf } from '../../../src/emulators/speech/sound.ts';
import { isVoice, SILENCE, speak, wordIn } from '../../harness/spoken-text.ts';

const KEY = 'canary-55aa01';
const NOVA = '/v1/listen?model=nova-3&encoding=mulaw&sample_rate=8000&interim_results=true&endpointing=300';
const FLUX = '/v2/listen?model=flux-general-en&encoding=mulaw&sample_rate=8000&eager_eot_threshold=0.5';
const AURA = '/v1/speak?model=aura-2-thalia-en&encoding=mulaw&sample_rate=8000';

type Json = Record<string, unknown> & { type?: string };

async function start(...faults: Fault[]) {
  const clock = new SimulatedClock();
  const emulator = await startDeepgramEmulator({
    apiKey: KEY,
    clock,
    hear: frame => ({ isVoice: isVoice(frame), word: wordIn(frame) }),
  });
  emulator.nextFaults.push(...faults);
  onTestFinished(() => emulator.close());

  /** A bare socket, without the SDK. Keeps what comes; `close` is code and reason. */
  function dial(path: string, headers: Record<string, string> = { authorization: `Token ${KEY}` }) {
    const socket = new WebSocket(emulator.url.replace('http', 'ws') + path, { headers });
    const messages: (Json | Buffer)[] = [];
    socket.on('message', (data: Buffer, isBinary) => {
      messages.push(isBinary ? data : (JSON.parse(data.toString()) as Json));
      socket.emit('kept');
    });
    // Not `once`: it rejects on the errors that refused sockets end with.
    const closed = new Promise<[number, string]>(resolve =>
      socket.on('close', (code, reason) => resolve([code, String(reason)])),
    );
    const refused = new Promise<{ status: number; headers: Record<string, unknown>; body: Json }>(resolve =>
      socket.on('unexpected-response', async (_, response) => {
        let text = '';
        for await (const piece of response) text += piece;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: JSON.parse(text) as Json,
        });
      }),
    );
    socket.on('error', () => {});
    onTestFinished(() => socket.terminate());
    return {
      socket,
      messages,
      closed,
      refused,
      opened: new Promise<void>(resolve => socket.on('open', resolve)),
      json: (type: string) => messages.filter((m): m is Json => !Buffer.isBuffer(m) && m.type === type),
      audio: () => Buffer.concat(messages.filter(m => Buffer.isBuffer(m))),
      send: (message: object) => socket.send(JSON.stringify(message)),
      async until(isSo: () => boolean) {
        while (!isSo()) await once(socket, 'kept');
      },
    };
  }
  return { emulator, clock, dial };
}

describe('a request', () => {
  const refusals: [string, string, RegExp][] = [
    ['/v1/listen?model=nova-3&keywords=a', 'INVALID_QUERY_PARAMETER', /keyterm/],
    ['/v1/listen?model=nova-3&utterance_end_ms=1000', 'INVALID_QUERY_PARAMETER', /interim_results/],
    ['/v2/listen?model=flux-general-en', 'INVALID_QUERY_PARAMETER', /encoding/],
    [`${FLUX}&interim_results=true`, 'INVALID_QUERY_PARAMETER', /interim_results/],
    [`${FLUX}&eot_threshold=0.2`, 'INVALID_QUERY_PARAMETER', /eot_threshold/],
    ['/v1/speak?model=aura-2-perseo-it', 'INVALID_QUERY_PARAMETER', /perseo/],
  ];
  for (const [path, code, message] of refusals)
    it(`is refused with its error in header and body: ${path}`, async () => {
      const { refused } = (await start()).dial(path);
      const { status, headers, body } = await refused;
      expect(status).toBe(400);
      expect(headers['dg-error']).toBe(code);
      expect(headers['dg-request-id']).toBeTruthy();
      expect(body).toMatchObject({ err_code: code, err_msg: expect.stringMatching(message) });
    });

  it('needs the key, as Token or Bearer, and the record does not hold it', async () => {
    const { dial, emulator } = await start();
    expect((await dial(NOVA, {}).refused).status).toBe(401);
    expect((await dial(NOVA, { authorization: 'Token wrong' }).refused).status).toBe(401);
    await dial(NOVA, { authorization: `Bearer ${KEY}` }).opened;
    expect(JSON.stringify(emulator.requests)).not.toContain(KEY);
    expect(emulator.requests[2]?.headers.authorization).toBe('[secret]');
  });

  it('is throttled with Retry-After, fails with 5xx, is reset or left hanging, as ordered, once', async () => {
    const { dial, emulator, clock } = await start(
      { kind: 'throttle', ms: 2_500 },
      { kind: 'serverError' },
      { kind: 'refuse' },
      { kind: 'stallBefore', ms: 700 },
    );
    const throttled = await dial(NOVA).refused;
    expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '3']);
    expect((await dial(NOVA).refused).status).toBe(503);
    expect(await dial(NOVA).closed).toEqual([1006, '']);
    const slow = dial(NOVA);
    const post = await fetch(`${emulator.url}/v1/speak`, { method: 'POST', body: '{}' });
    expect(post.status).toBe(401);
    expect(slow.socket.readyState).toBe(WebSocket.CONNECTING);
    await clock.advance(700);
    await slow.opened;
    expect(slow.socket.extensions).toBe('');
  });
});

describe('/v1/listen', () => {
  it('tells interims by the second, a pause as speech_final, and noiseless time as UtteranceEnd', async () => {
    const { dial } = await start();
    const line = dial(`${NOVA}&vad_events=true&utterance_end_ms=1000`);
    await line.opened;
    for (const frame of [...speak('one two three four five six'), ...Array(60).fill(SILENCE)])
      line.socket.send(frame);
    await line.until(() => line.json('UtteranceEnd').length === 1);

    const results = line.json('Results') as (Json & {
      channel: { alternatives: { transcript: string }[] };
    })[];
    const told = results.map(r => [r.is_final, r.speech_final, r.channel.alternatives[0]?.transcript]);
    expect(told[0]).toEqual([false, false, 'one two three four five']);
    expect(told[1]).toEqual([true, true, 'one two three four five six']);
    expect(results[1]).toMatchObject({ start: 0, duration: 1.5 });
    expect(line.json('SpeechStarted')).toEqual([{ type: 'SpeechStarted', channel: [0], timestamp: 0 }]);
    expect(line.json('UtteranceEnd')).toEqual([
      { type: 'UtteranceEnd', channel: [0, 1], last_word_end: 1.2 },
    ]);
  });

  it('answers Finalize with from_finalize, but not when there is next to nothing pending', async () => {
    const { dial } = await start();
    const line = dial(NOVA);
    await line.opened;
    line.socket.send(SILENCE);
    line.send({ type: 'Finalize' });
    for (const frame of speak('yes')) line.socket.send(frame);
    line.send({ type: 'Finalize' });
    await line.until(() => line.messages.length > 0);
    expect(line.messages).toHaveLength(1);
    expect(line.messages[0]).toMatchObject({ type: 'Results', is_final: true, from_finalize: true });
  });

  it('closes after 10 s without audio or KeepAlive, on an empty frame and on a message it does not know', async () => {
    const { dial, clock } = await start();
    const quiet = dial(NOVA);
    await quiet.opened;
    await clock.advance(9_000);
    quiet.send({ type: 'KeepAlive' });
    quiet.send({ type: 'Finalize' });
    quiet.socket.ping();
    await once(quiet.socket, 'pong');
    await clock.advance(9_900);
    expect(quiet.socket.readyState).toBe(WebSocket.OPEN);
    await clock.advance(200);
    expect(await quiet.closed).toEqual([1011, 'NET-0001']);

    const empty = dial(NOVA);
    await empty.opened;
    empty.socket.send(Buffer.alloc(0));
    expect(await empty.closed).toEqual([1000, '']);
    expect(empty.json('Metadata')).toHaveLength(1);

    const strange = dial(NOVA);
    await strange.opened;
    strange.send({ type: 'Hello' });
    expect(await strange.closed).toEqual([1008, 'DATA-0000']);
  });
});

describe('/v2/listen', () => {
  it('numbers its messages from 0 and tells a turn from Connected to EndOfTurn', async () => {
    const { dial } = await start();
    const line = dial(FLUX);
    await line.opened;
    const audio = Buffer.concat([...speak('where is it'), ...Array(40).fill(SILENCE)]);
    for (let at = 0; at < audio.length; at += 640) line.socket.send(audio.subarray(at, at + 640));
    await line.until(() => line.json('TurnInfo').some(({ event }) => event === 'EndOfTurn'));

    const all = line.messages as Json[];
    expect(all[0]).toMatchObject({ type: 'Connected', sequence_id: 0 });
    expect(all.map(({ sequence_id }) => sequence_id)).toEqual(all.map((_, i) => i));
    const turns = line.json('TurnInfo');
    expect(turns.map(({ event }) => event).filter(event => event !== 'Update')).toEqual([
      'StartOfTurn',
      'EagerEndOfTurn',
      'EndOfTurn',
    ]);
    const eager = turns.find(({ event }) => event === 'EagerEndOfTurn');
    const end = turns.find(({ event }) => event === 'EndOfTurn');
    expect(end).toMatchObject({ transcript: 'where is it', trigger: 'model', turn_index: 0 });
    expect(eager?.transcript).toBe(end?.transcript);
  });

  it('answers Configure, and closes with an Error on what it does not know', async () => {
    const { dial } = await start();
    const line = dial(FLUX);
    await line.opened;
    line.send({ type: 'Configure', keyterms: ['order'] });
    line.send({ type: 'Finalize' });
    expect(await line.closed).toEqual([1008, 'UNPARSABLE_CLIENT_MESSAGE']);
    expect(line.json('ConfigureSuccess')[0]).toMatchObject({ keyterms: ['order'] });
    expect(line.json('Error')[0]).toMatchObject({ code: 'UNPARSABLE_CLIENT_MESSAGE' });
  });
});

describe('/v1/speak', () => {
  it('greets with Metadata, speaks on Flush, and drops what is unsaid on Clear', async () => {
    const { dial } = await start({ kind: 'stallAfter', afterEvents: 2 });
    const line = dial(AURA);
    await line.opened;
    line.send({ type: 'Speak', text: 'Good day to you.' });
    line.send({ type: 'Flush' });
    await line.until(() => line.audio().length > 0);
    line.send({ type: 'Clear' });
    expect(line.messages[0]).toMatchObject({ type: 'Metadata', model_name: 'aura-2-thalia-en' });

    const other = (await start()).dial(AURA);
    await other.opened;
    other.send({ type: 'Speak', text: 'Good ' });
    other.send({ type: 'Speak', text: 'day.' });
    other.send({ type: 'Flush' });
    other.send({ type: 'Clear' });
    await other.until(() => other.json('Cleared').length === 1);
    expect(other.audio().equals(toneOf('Good day.'))).toBe(true);
    expect(other.messages.slice(-2)).toEqual([
      { type: 'Flushed', sequence_id: 0 },
      { type: 'Cleared', sequence_id: 1 },
    ]);
  });

  it('warns of the 21st Flush in a minute, and closes on too much text and on audio', async () => {
    const { dial } = await start();
    const flushing = dial(AURA);
    await flushing.opened;
    for (let i = 0; i < 21; i++) flushing.send({ type: 'Flush' });
    await flushing.until(() => flushing.json('Warning').length === 1);
    expect(flushing.json('Flushed')).toHaveLength(20);

    for (const [texts, end] of [
      [['x'.repeat(2_001)], [1009, 'BIG-0001']],
      [
        ['x'.repeat(2_000), 'x'.repeat(401)],
        [1008, 'DATA-0001'],
      ],
    ] as const) {
      const line = dial(AURA);
      await line.opened;
      for (const text of texts) line.send({ type: 'Speak', text });
      expect(await line.closed).toEqual(end);
    }
    const binary = dial(AURA);
    await binary.opened;
    binary.socket.send(SILENCE);
    expect(await binary.closed).toEqual([1003, 'MESSAGE-0000']);
  });

  it('lives for 60 minutes', async () => {
    const { dial, clock } = await start();
    const line = dial(AURA);
    await line.opened;
    for (let minutes = 0; minutes < 60; minutes += 0.5) {
      await clock.advance(30_000);
      line.send({ type: 'Clear' });
    }
    expect(await line.closed).toEqual([1011, 'NET-0003']);
  });

  it('answers a request with chunked audio, and breaks it off where ordered', async () => {
    const { emulator } = await start({ kind: 'cut', afterEvents: 2 });
    const ask = (text: string) =>
      fetch(
        `${emulator.url}/v1/speak?model=aura-2-thalia-en&encoding=mulaw&sample_rate=8000&container=none`,
        {
          method: 'POST',
          headers: { authorization: `Token ${KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify({ text }),
        },
      );
    const cut = await ask('Good day to you.');
    expect(cut.headers.get('dg-char-count')).toBe('16');
    await expect(cut.arrayBuffer()).rejects.toThrow();
    const whole = await ask('Good day.');
    expect(Buffer.from(await whole.arrayBuffer()).equals(toneOf('Good day.'))).toBe(true);
    expect((await ask('x'.repeat(2_001))).status).toBe(413);
    expect((await ask('')).status).toBe(400);
    expect(emulator.requests[0]?.body).toEqual({ text: 'Good day to you.' });
  });
});
