import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { CONNECTED, startMessage } from '../../src/caller/stream-messages.ts';
import { announced, newCallSid, RawStream } from '../harness/raw-stream.ts';
import { goodCall } from '../harness/wire-caller.ts';
import { TRANSPORTS, until, WireServer, within } from '../harness/wire-server.ts';

const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;
/** Uws ends such a connection without a close frame. */
const ABNORMAL = 1006;
const INVALID_PAYLOAD = 1007;
const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;

type Act = (stream: RawStream) => void;

const times = (count: number, act: Act) => (stream: RawStream) => {
  for (let i = 0; i < count; i++) act(stream);
};
const malformed: Act = stream => stream.send('{"event":"media","media":');

/** What a call takes in its stride. */
const HARMLESS: Record<string, Act> = {
  'one message that is not JSON': malformed,
  'messages that are not JSON between good ones': times(4, stream => {
    times(9, malformed)(stream);
    stream.sendAudio();
  }),
  'JSON that is no message': stream => {
    for (const text of ['null', '[]', '"media"', '{}', '{"event":7}', `${'['.repeat(9_000)}`])
      stream.send(text);
    stream.sendAudio();
  },
  'messages without their parts': stream => {
    for (const event of ['media', 'mark', 'dtmf']) stream.send({ event });
    for (const digit of ['', '12', 'x', 5, null]) stream.send({ event: 'dtmf', dtmf: { digit } });
    stream.sendAudio();
  },
  'events that nobody knows': times(30, stream => stream.send({ event: 'sneeze', sneeze: { loud: true } })),
  'a second connected': stream => stream.send(CONNECTED),
  'marks that were never sent': stream => {
    for (const name of ['', 'x', '1:', '1:-5', '1:1e999', '999:160', '__proto__', '1:NaN'])
      stream.send({ event: 'mark', streamSid: stream.streamSid, mark: { name } });
  },
  'audio of odd lengths': stream => {
    for (const sizeBytes of [1, 3, 159, 161, 4_001, 30_000]) stream.sendAudio(sizeBytes);
  },
  'audio without bytes': times(20, stream => stream.sendPayload('')),
  'payloads that are not base64': stream => {
    for (const payload of ['%%%', '=', 'A', '====', '…', '\\u0000', 'not base64 at all'])
      stream.sendPayload(payload);
  },
  'media written in another way': stream =>
    stream.send(JSON.stringify({ media: { payload: 'f39/' }, event: 'media' }, null, 2)),
};

/** What closes a stream, with the code that says why. */
const CLOSING: Record<string, { act: Act; codes: number[] }> = {
  'ten messages in a row that are not JSON': { act: times(10, malformed), codes: [INVALID_PAYLOAD] },
  'a binary frame': { act: stream => stream.send(Buffer.alloc(160)), codes: [UNSUPPORTED_DATA] },
  'a second start': { act: stream => stream.sendStart('another'), codes: [PROTOCOL_ERROR] },
  'a frame of 2 MB': {
    act: stream => stream.send('x'.repeat(2 * 1024 * 1024)),
    codes: [TOO_BIG, ABNORMAL],
  },
  'text that is not UTF-8': {
    act: stream => stream.socket.send(Buffer.from([0x7b, 0xff, 0xfe]), { binary: false }),
    codes: [INVALID_PAYLOAD, ABNORMAL],
  },
  'bytes that are no WebSocket frame': {
    // The client library would not send this: it goes past it, onto the connection.
    act: ({ socket }) => connectionOf(socket).write(Buffer.alloc(64, 0xff)),
    codes: [PROTOCOL_ERROR, ABNORMAL],
  },
  'silence of the whole stream': { act: () => {}, codes: [POLICY_VIOLATION] },
};

/** What closes a connection that has not said which call it is. */
const NO_START: Record<string, { act: Act; codes: number[] }> = {
  nothing: { act: () => {}, codes: [POLICY_VIOLATION] },
  'connected alone': { act: stream => stream.send(CONNECTED), codes: [POLICY_VIOLATION] },
  'connected for ever': { act: times(50, stream => stream.send(CONNECTED)), codes: [POLICY_VIOLATION] },
  'media before start': { act: stream => stream.sendAudio(), codes: [PROTOCOL_ERROR] },
  'stop before start': { act: stream => stream.send({ event: 'stop', stop: {} }), codes: [PROTOCOL_ERROR] },
  'no JSON': { act: malformed, codes: [PROTOCOL_ERROR] },
  'a start without ids': {
    act: stream => stream.send({ event: 'start', start: {} }),
    codes: [PROTOCOL_ERROR],
  },
  'a start of 100 KB': {
    act: stream => stream.sendStart('token', { padding: 'x'.repeat(100_000) }),
    codes: [TOO_BIG, ABNORMAL],
  },
};

describe.concurrent.each(TRANSPORTS)('over %s', transport => {
  let server: WireServer;

  beforeAll(async () => {
    server = await WireServer.start({
      transport,
      delays: { lineGrace: 100 },
      media: { startTimeoutMs: 400, silenceTimeoutMs: 2_000 },
    });
  });
  afterAll(async () => {
    await goodCall(server);
    expect(server.running.host.size).toBe(0);
    expect(server.complaints.filter(line => line.startsWith('A request failed'))).toEqual([]);
    await server.close();
  });

  it.each(Object.entries(HARMLESS))('%s does not disturb a call', async (_, act) => {
    const stream = await RawStream.start(server);
    const call = await server.call(stream.callSid);
    act(stream);
    const keyed = until(call, () => call.record.turns().some(turn => turn.caller?.text === '7'), 'the key');
    stream.send({ event: 'dtmf', dtmf: { track: 'inbound_track', digit: '7' } });
    stream.send({ event: 'dtmf', dtmf: { track: 'inbound_track', digit: '#' } });
    await keyed;
    stream.hangUp();
    expect((await finished(server, stream)).outcome).toBe('hungUp');
  });

  it.each(Object.entries(CLOSING))(
    '%s closes the stream, and the call is lost',
    async (_, { act, codes }) => {
      const stream = await RawStream.start(server);
      stream.sendAudio();
      act(stream);
      expect(codes).toContain((await stream.closed()).code);
      expect((await finished(server, stream)).outcome).toBe('lineLost');
    },
  );

  it.each(Object.entries(NO_START))('a connection that sends %s is closed', async (_, { act, codes }) => {
    const stream = await RawStream.connect(server);
    act(stream);
    expect(codes).toContain((await stream.closed()).code);
    expect(server.hasBegun(stream.callSid)).toBe(false);
  });

  it('a start with odd parameters begins a call that keeps what the webhook said', async () => {
    const callSid = newCallSid();
    const token = await announced(server, callSid, {
      EdgeRegion: 'fra1',
      SipHeader_X: 'x'.repeat(5_000),
      QualityMode: '<script>',
      LatencyTarget: '-1',
    });
    const stream = await RawStream.connect(server, callSid);
    const identity = { accountSid: '', callSid, streamSid: stream.streamSid };
    const start = startMessage(1, identity, { token, edge_region: 'lhr1', padding: 'x'.repeat(40_000) });
    stream.send(start.replace('"token"', '"__proto__":{"polluted":true},"number":7,"token"'));
    const call = await server.call(callSid);

    expect(call.start.parameters).toEqual({
      EdgeRegion: 'fra1',
      LatencyTarget: '-1',
      QualityMode: '<script>',
      SipHeader_X: 'x'.repeat(499),
      edge_region: 'fra1',
      latency_target: '50',
      quality_mode: 'ultra_low_latency',
    });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    stream.hangUp();
    expect((await finished(server, stream)).outcome).toBe('hungUp');
  });
});

async function finished(server: WireServer, stream: RawStream) {
  const { callId } = (await server.call(stream.callSid)).start;
  return within(server.memory.finished(callId), () => 'the record of the call');
}

function connectionOf(socket: WebSocket): { write(bytes: Buffer): void } {
  return (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
}
