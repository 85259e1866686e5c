import { once } from 'node:events';
import twilio from 'twilio';
import { afterEach, describe, expect, it } from 'vitest';
import { type CallOptions, type PhoneCall, placeCall } from '../../../src/caller/phone-call.ts';
import { startServer, type TestServer, type Webhook } from './carrier-server.ts';

const AUTH_TOKEN = 'an auth token of a test';
const PUBLIC_URL = 'https://calls.example.com';

let server: TestServer;
let call: PhoneCall | null = null;

afterEach(async () => {
  if (call && !call.end) await call.hangUp();
  call = null;
  await server.close();
});

/** Answers webhooks by path, each path with its TwiML documents in turn; the last one stays. */
async function serve(documents: Record<string, (string | number)[]>) {
  server = await startServer(({ path }: Webhook) => {
    const left = documents[path] ?? [404];
    return left.length > 1 ? left.shift()! : left[0]!;
  });
}

async function place(options: Partial<CallOptions> = {}, prepare?: (call: PhoneCall) => void) {
  call = await placeCall(server.url, { from: '+12025550123', to: '+12025550100', ...options }, prepare);
  return call;
}

function respond(...verbs: string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs.join('')}</Response>`;
}

const CONNECT = `<Connect><Stream url="wss://calls.example.com/twilio/media">
  <Parameter name="token" value="a&amp;&quot;b"/><Parameter name="edge_region" value=""/></Stream></Connect>`;
const RESUME = '<Redirect method="POST">https://calls.example.com/api/twilio/resume</Redirect>';

const paths = () => server.webhooks.map(({ path }) => path);

describe('a call to the server', () => {
  it('announces itself, and connects the stream of the TwiML with its parameters', async () => {
    await serve({ '/api/twilio/voice': [respond(CONNECT, RESUME)] });
    const { callSid } = await place({ publicUrl: PUBLIC_URL, fields: { EdgeRegion: 'lhr1' } });
    const stream = await server.stream(0);

    expect(server.webhooks[0]!.form).toMatchObject({
      CallSid: expect.stringMatching(/^CA[0-9a-f]{32}$/),
      AccountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      From: '+12025550123',
      To: '+12025550100',
      Direction: 'inbound',
      CallStatus: 'ringing',
      EdgeRegion: 'lhr1',
    });
    expect(stream.url).toBe('/twilio/media');
    expect(stream.of('start')[0].start).toMatchObject({
      callSid,
      customParameters: { token: 'a&"b', edge_region: '' },
    });
  });

  it('asks another node where the first does not answer, under the same public address', async () => {
    await serve({ '/api/twilio/voice': [respond('<Hangup/>')], '/api/twilio/status': [''] });
    const gone = await startServer(() => 404);
    await gone.close();
    call = await placeCall(gone.url, {
      from: '+12025550123',
      to: '+12025550100',
      publicUrl: PUBLIC_URL,
      authToken: AUTH_TOKEN,
      fallbackUrl: server.url,
    });
    await call.ended();
    expect(paths()).toEqual(['/api/twilio/voice', '/api/twilio/status']);
    const { headers, form } = server.webhooks[0] as Webhook;
    const signature = String(headers['x-twilio-signature']);
    expect(twilio.validateRequest(AUTH_TOKEN, signature, `${PUBLIC_URL}/api/twilio/voice`, form)).toBe(true);
  });

  it('signs webhooks and the upgrade over the public addresses, as the server verifies them', async () => {
    await serve({
      '/api/twilio/voice': [respond(CONNECT, RESUME)],
      '/api/twilio/resume': [respond('<Hangup/>')],
      '/api/twilio/status': [''],
    });
    const placed = await place({ publicUrl: PUBLIC_URL, authToken: AUTH_TOKEN });
    const stream = await server.stream(0);
    stream.socket.close(1000);
    await placed.ended();

    const valid = (headers: Webhook['headers'], url: string, form: Record<string, string>) =>
      twilio.validateRequest(AUTH_TOKEN, String(headers['x-twilio-signature']), url, form);
    expect(paths()).toEqual(['/api/twilio/voice', '/api/twilio/resume', '/api/twilio/status']);
    for (const { headers, path, form } of server.webhooks) {
      expect(valid(headers, PUBLIC_URL + path, form)).toBe(true);
      expect(valid(headers, PUBLIC_URL + path, { ...form, From: 'forged' })).toBe(false);
    }
    expect(valid(stream.headers, 'wss://calls.example.com/twilio/media', {})).toBe(true);
    expect(valid(stream.headers, 'https://calls.example.com/twilio/media', {})).toBe(false);
  });

  it('that the caller ends runs no further verb', async () => {
    await serve({ '/api/twilio/voice': [respond(CONNECT, RESUME)], '/api/twilio/status': [''] });
    const placed = await place();
    const stream = await server.stream(0);
    const end = await placed.hangUp();

    expect(end).toMatchObject({ by: 'caller', error: null, streams: 1 });
    expect(stream.of('stop')).toHaveLength(1);
    expect(paths()).toEqual(['/api/twilio/voice', '/api/twilio/status']);
    expect(server.webhooks[1]!.form).toMatchObject({ CallStatus: 'completed', CallDuration: '0' });
  });

  it.each(['server', 'network'])(
    'asks what is next when the %s ends the stream, and connects anew',
    async who => {
      await serve({
        '/api/twilio/voice': [respond(CONNECT, RESUME)],
        '/api/twilio/resume': [respond(CONNECT, RESUME), respond('<Hangup/>')],
        '/api/twilio/status': [''],
      });
      const placed = await place();
      const first = await server.stream(0);
      const attached = once(placed, 'attached');
      if (who === 'server') first.socket.close(1000);
      else void placed.line!.dropLine();
      await attached;
      const second = await server.stream(1);
      expect(second.streamSid).not.toBe(first.streamSid);
      expect(second.of('start')[0].start.callSid).toBe(placed.callSid);

      second.socket.close(1000);
      expect(await placed.ended()).toMatchObject({ by: 'agent', streams: 2 });
      expect(paths().slice(1)).toEqual(['/api/twilio/resume', '/api/twilio/resume', '/api/twilio/status']);
      expect(server.webhooks[1]!.form.CallStatus).toBe('in-progress');
    },
  );

  it('ends at a <Dial>, and reports the number', async () => {
    await serve({
      '/api/twilio/voice': [respond('<Dial><Number>+15551234567</Number></Dial>', '<Hangup/>')],
    });
    const placed = await place();
    expect(await placed.ended()).toMatchObject({ by: 'transfer', dialled: ['+15551234567'], streams: 0 });
  });

  it('tells a <Dial action> how it went, and does what it says', async () => {
    await serve({
      '/api/twilio/voice': [
        respond('<Dial action="dialed" timeout="25"><Number>+15551234567</Number></Dial>'),
      ],
      '/api/twilio/dialed': [respond(CONNECT)],
      '/api/twilio/status': [''],
    });
    const placed = await place({ dialStatus: 'no-answer' });
    const stream = await server.stream(0);
    expect(server.webhooks[1]).toMatchObject({
      path: '/api/twilio/dialed',
      form: { DialCallStatus: 'no-answer', CallSid: placed.callSid },
    });

    // Nothing comes after this <Connect>, so the carrier hangs up.
    stream.socket.close(1000);
    expect(await placed.ended()).toMatchObject({ by: 'agent', dialled: ['+15551234567'], streams: 1 });
  });

  it('leaves the stream for the TwiML of a live update', async () => {
    await serve({ '/api/twilio/voice': [respond(CONNECT, RESUME)], '/api/twilio/status': [''] });
    const placed = await place();
    await server.stream(0);
    await placed.update(respond('<Dial>+15557654321</Dial>'));
    expect(await placed.ended()).toMatchObject({ by: 'transfer', dialled: ['+15557654321'] });
    expect(paths()).toEqual(['/api/twilio/voice', '/api/twilio/status']);
  });

  it('gives up when no stream can be opened, instead of going round for ever', async () => {
    const elsewhere = respond(
      '<Connect><Stream url="ws://127.0.0.1:9/media"/></Connect>',
      '<Redirect>voice</Redirect>',
    );
    await serve({ '/api/twilio/voice': [elsewhere] });
    const warnings: string[] = [];
    const placing = place({}, placed => placed.on('warning', message => warnings.push(message)));
    await expect(placing).rejects.toThrow(/No stream at ws:\/\/127\.0\.0\.1:9/);
    expect(warnings).toHaveLength(2);
    expect(paths()).toEqual(Array(3).fill('/api/twilio/voice'));
  });

  it.each([
    ['a refusal', 403, /voice answered HTTP 403.*auth token/],
    ['no TwiML', '<html></html>', /this is a <html>/],
    ['TwiML it cannot follow', respond('<Record/>'), /cannot follow <Record>/],
    [
      'a stream address with a query',
      respond('<Connect><Stream url="wss://h/m?a=b"/></Connect>'),
      /no query/,
    ],
    ['broken XML', '<Response><Hangup></Response>', /<\/Response> closes nothing/],
  ])('fails with a reason at %s', async (_, answer, reason) => {
    await serve({ '/api/twilio/voice': [answer] });
    await expect(place()).rejects.toThrow(reason);
  });

  it('fails with a reason when there is no server', async () => {
    await serve({});
    await server.close();
    await expect(place()).rejects.toThrow(/No server answers at http:\/\/127\.0\.0\.1:\d+\.$/);
    await serve({});
  });
});
