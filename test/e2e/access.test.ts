import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerAddress } from '../../src/caller/server-address.ts';
import { Webhooks } from '../../src/caller/webhooks.ts';
import { announced, newCallSid, postWebhook, RawStream, webhookForm } from '../harness/raw-stream.ts';
import { goodCall, WireCaller } from '../harness/wire-caller.ts';
import { TRANSPORTS, until, WireServer } from '../harness/wire-server.ts';

const authToken = 'a token of a test, 0123456789';
const publicUrl = 'https://calls.example.com';
const API_KEY = 'a-key-of-a-test-0123456789';
const WEBHOOKS = ['voice', 'resume', 'dialed', 'status'];
const POLICY_VIOLATION = 1008;

describe.concurrent.each(TRANSPORTS)('a public server on %s', transport => {
  let server: WireServer;
  let carrier: Webhooks;

  beforeAll(async () => {
    const env = { TWILIO_AUTH_TOKEN: authToken, PUBLIC_URL: publicUrl, API_KEY };
    server = await WireServer.start({ transport, env });
    carrier = new Webhooks([new ServerAddress(server.url, publicUrl)], authToken);
  });
  afterAll(() => server.close());

  it('carries a signed call to its end, and shows it to those with the key alone', async () => {
    const caller = await goodCall(server, { authToken, publicUrl });
    const path = `/api/calls/${caller.phone.callSid}`;
    expect((await server.getJson(path)).status).toBe(401);
    expect((await server.getJson(path, { authorization: `Bearer ${API_KEY}x` })).status).toBe(401);
    const { status, body } = await server.getJson(path, { authorization: `Bearer ${API_KEY}` });
    expect([status, body.outcome]).toEqual([200, 'completed']);
  });

  it.each(WEBHOOKS)(
    'refuses a %s webhook without its signature, with a wrong one or with changed fields',
    async name => {
      const path = `/api/twilio/${name}`;
      const form = webhookForm(newCallSid(), { CallStatus: 'completed', DialCallStatus: 'busy' });
      const signature = carrier.signature(publicUrl + path, form);
      const post = async (fields: Record<string, string>, headers: Record<string, string>) =>
        (await fetch(server.url + path, { method: 'POST', headers, body: new URLSearchParams(fields) }))
          .status;

      expect(await post(form, {})).toBe(403);
      expect(await post(form, { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' })).toBe(403);
      expect(await post({ ...form, From: '+12025550199' }, signature)).toBe(403);
      expect(await post(form, carrier.signature(`${publicUrl}/api/twilio/other`, form))).toBe(403);
      expect(await post(form, signature)).toBeLessThan(300);
    },
  );

  it('refuses an upgrade without a signature over its own address', async () => {
    const url = `${server.url.replace('http', 'ws')}/twilio/media`;
    const signed = (address: string) => carrier.signature(address, {});
    expect(await RawStream.refusal(url, {})).toBe(403);
    expect(await RawStream.refusal(url, signed(url))).toBe(403);
    expect(await RawStream.refusal(url, signed(`${publicUrl}/twilio/media`))).toBe(403);
    expect(await RawStream.refusal(url, signed('wss://calls.example.com/twilio/media'))).toBeNull();
  });

  it('never writes its secrets to the log', async () => {
    await fetch(`${server.url}/api/twilio/voice?token=${authToken}`, { method: 'POST', body: authToken });
    const log = server.complaints.join('\n');
    expect(log).not.toContain(authToken);
    expect(log).not.toContain(API_KEY);
  });
});

describe.concurrent.each(TRANSPORTS)('a stream over %s', transport => {
  let server: WireServer;

  beforeAll(async () => {
    server = await WireServer.start({ transport, delays: { lineGrace: 300 } });
  });
  afterAll(async () => {
    await goodCall(server);
    await server.close();
  });

  it('that shows the token of a running call again is turned away, and the call goes on', async () => {
    const callSid = newCallSid();
    const token = await announced(server, callSid);
    const stream = await RawStream.connect(server, callSid);
    stream.sendStart(token);
    const call = await server.call(callSid);

    const replay = await RawStream.connect(server, callSid);
    replay.sendStart(token);
    expect(await replay.closed()).toEqual({ code: POLICY_VIOLATION, reason: 'token not valid' });
    stream.send({ event: 'dtmf', dtmf: { digit: '5' } });
    await until(call, () => call.state !== 'ended' && call.line.isAttached, 'the call to go on');
    stream.hangUp();
    expect((await server.memory.finished(call.start.callId)).outcome).toBe('hungUp');
  });

  it('that shows the token of another call is turned away, and the other may still come', async () => {
    const [mine, other] = [newCallSid(), newCallSid()];
    await announced(server, mine);
    const token = await announced(server, other);
    const thief = await RawStream.connect(server, mine);
    thief.sendStart(token);
    expect((await thief.closed()).code).toBe(POLICY_VIOLATION);
    expect(server.hasBegun(mine)).toBe(false);

    const owner = await RawStream.connect(server, other);
    owner.sendStart(token);
    await server.call(other);
    owner.hangUp();
  });

  it('whose webhook was repeated needs the newer token', async () => {
    const callSid = newCallSid();
    const older = await announced(server, callSid);
    const newer = await announced(server, callSid);
    const late = await RawStream.connect(server, callSid);
    late.sendStart(older);
    expect((await late.closed()).code).toBe(POLICY_VIOLATION);

    const stream = await RawStream.connect(server, callSid);
    stream.sendStart(newer);
    await server.call(callSid);
    stream.hangUp();
  });

  it.each(['', 'guess', 'x'.repeat(90)])(
    'that shows a token nobody gave out (%j) is turned away',
    async token => {
      const stream = await RawStream.connect(server);
      stream.sendStart(token);
      expect((await stream.closed()).code).toBe(POLICY_VIOLATION);
    },
  );

  it('that comes back while the old one still seems open takes its place', async () => {
    const old = await RawStream.start(server);
    const call = await server.call(old.callSid);
    const twiml = await postWebhook(
      server,
      'resume',
      webhookForm(old.callSid, { CallStatus: 'in-progress' }),
    );
    const token = /name="token" value="([^"]+)"/.exec(twiml)?.[1] ?? '';
    const next = await RawStream.connect(server, old.callSid);
    const welcomed = until(
      call,
      () => call.record.turns().some(turn => turn.purpose === 'welcomeBack'),
      'the caller to be welcomed back',
    );
    next.sendStart(token);
    await welcomed;
    // What the old stream says no longer counts.
    await old.closed();

    expect(call.line.isAttached).toBe(true);
    next.hangUp();
    expect((await server.memory.finished(call.start.callId)).outcome).toBe('hungUp');
  });

  it('of a call that is not known is not asked for again', async () => {
    const callSid = newCallSid();
    expect(await postWebhook(server, 'status', webhookForm(callSid, { CallStatus: 'completed' }))).toBe('');
    expect(await postWebhook(server, 'resume', webhookForm(callSid))).toContain('<Hangup/>');
    expect(
      await postWebhook(server, 'dialed', webhookForm(callSid, { DialCallStatus: 'completed' })),
    ).toContain('<Hangup/>');
    for (const path of ['', '/events']) {
      const { status, body } = await server.getJson(`/api/calls/${callSid}${path}`);
      expect([status, body.error]).toEqual([404, expect.stringContaining('no such call')]);
    }
  });

  it('of a caller with a strange name or number is taken', async () => {
    for (const from of ['', 'anonymous', 'sip:"\u0000"@x', '+1\u0000\ufffe\ud800<&>', '📞'.repeat(400)]) {
      const caller = await WireCaller.place(server, {
        from,
        fields: { CallerName: from, FromCity: 'Zü\u202erich' },
      });
      await caller.phone.hangUp();
      const { body } = await server.getJson(`/api/calls/${caller.phone.callSid}`);
      expect(body).toMatchObject({ live: false, outcome: 'hungUp' });
      expect(body.from.length).toBeLessThanOrEqual(256);
    }
  });
});
