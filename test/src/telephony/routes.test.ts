import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/clock.ts';
import type { HttpResponse } from '../../../runtime/cloud/transport.ts';
import { Secret } from '../../../src/secret.ts';
import { type ExpectedCall, Reception } from '../../../src/telephony/reception.ts';
import { type AfterStream, type TwilioRoutesOptions, twilioRoutes } from '../../../src/telephony/routes.ts';
import { carrierAccess } from '../../../src/telephony/signature.ts';
import { type FormOptions, formRequest, httpRequest, signedHeaders } from './http-request.ts';

const callSid = `CA${'0'.repeat(31)}1`;
const fields = {
  CallSid: callSid,
  AccountSid: `AC${'a'.repeat(32)}`,
  From: '+15550001',
  To: '+15550002',
  Direction: 'inbound',
  CallStatus: 'ringing',
};

function newDesk(options: Partial<TwilioRoutesOptions> = {}) {
  const errors: unknown[] = [];
  const told: string[] = [];
  const expired: ExpectedCall[] = [];
  const reception = new Reception({ clock: new SimulatedClock(), onExpired: call => expired.push(call) });
  const desk = {
    liveCalls: 0,
    draining: false,
    here: false,
    has: () => desk.here,
    tenure: null as number | null,
    tenureOf: () => desk.tenure,
    /** As a desk whose records cannot be reached. */
    forgetIfTaken: async (_: string, tenure: number) => {
      const isTaken = desk.here && tenure > (desk.tenure ?? 0);
      if (isTaken) desk.here = false;
      return isTaken;
    },
    after: { next: 'hangUp' } as AfterStream,
    afterStream: (sid: string): AfterStream => {
      told.push(`afterStream ${sid}`);
      return desk.after;
    },
    onDialed: (sid: string, status: string) => void told.push(`dialed ${sid} ${status}`),
    onStatus: (sid: string, status: string) => void told.push(`status ${sid} ${status}`),
  };
  const routes = twilioRoutes({
    access: carrierAccess({ authToken: null, publicUrl: null }),
    reception,
    desk,
    origin: () => 'https://calls.example.com',
    maxCalls: 2,
    defaults: { edgeRegion: 'local', latencyTargetMs: 50, qualityMode: 'ultra_low_latency' },
    accountSid: null,
    onError: error => errors.push(error),
    ...options,
  });

  async function post(
    path: string,
    form: Record<string, string | string[]> = fields,
    more: FormOptions = {},
  ): Promise<HttpResponse> {
    const route = routes.find(one => one.path === `/api/twilio/${path}`);
    if (!route) throw new Error(`There is no route ${path}.`);
    return route.handle(formRequest(route.path, form, more));
  }
  /** Shows the token in the answer at the reception, as the stream's first message does. */
  function arrive(answer: HttpResponse, sid = callSid): ExpectedCall | null {
    const token = /name="token" value="([^"]+)"/.exec(String(answer.body))?.[1] ?? '';
    return reception.admit(token, sid);
  }
  return { routes, desk, reception, errors, told, expired, post, arrive };
}

describe('POST /api/twilio/voice', () => {
  it('announces the call and connects its stream', async () => {
    const { post, arrive } = newDesk();
    const answer = await post('voice');

    expect(answer.status).toBe(200);
    expect(answer.headers?.['content-type']).toContain('text/xml');
    expect(answer.body).toContain('<Stream url="wss://calls.example.com/twilio/media">');
    expect(answer.body).toContain(
      '</Connect><Redirect method="POST">https://calls.example.com/api/twilio/resume<',
    );
    expect(arrive(answer)).toEqual({
      callSid,
      accountSid: fields.AccountSid,
      from: '+15550001',
      to: '+15550002',
      direction: 'inbound',
      callStatus: 'ringing',
      parameters: { edge_region: 'local', latency_target: '50', quality_mode: 'ultra_low_latency' },
      resume: false,
    });
  });

  it('keeps region, latency target and quality with the call, from the form or the address', async () => {
    const { post, arrive } = newDesk();
    const form = {
      ...fields,
      QualityMode: 'balanced',
      CallerName: 'ANN',
      CallToken: 'canary',
      Direction: 'outbound-api',
    };
    const answer = await post('voice', form, {
      query: 'EdgeRegion=fra1&LatencyTarget=80&QualityMode=high_quality',
    });

    for (const [name, value] of [
      ['edge_region', 'fra1'],
      ['latency_target', '80'],
      ['quality_mode', 'balanced'],
    ])
      expect(answer.body).toContain(`<Parameter name="${name}" value="${value}"/>`);
    expect(answer.body).not.toContain('canary');
    const call = arrive(answer);
    expect(call?.direction).toBe('outbound');
    expect(call?.parameters).toEqual({
      edge_region: 'fra1',
      latency_target: '80',
      quality_mode: 'balanced',
      EdgeRegion: 'fra1',
      LatencyTarget: '80',
      QualityMode: 'balanced',
      CallerName: 'ANN',
    });
  });

  it('carries what the first webhook asked for through to the resumed stream', async () => {
    const { post, arrive, desk } = newDesk();
    const first = await post('voice', fields, { query: 'EdgeRegion=fra1&LatencyTarget=80' });
    arrive(first);
    const resumeUrl = /<Redirect[^>]*>([^<]+)</.exec(String(first.body))?.[1]?.replaceAll('&amp;', '&') ?? '';
    desk.after = { next: 'reconnect' };
    const second = await post('resume', fields, { query: new URL(resumeUrl).search.slice(1) });

    expect(new URL(resumeUrl).pathname).toBe('/api/twilio/resume');
    expect(arrive(second)).toMatchObject({
      resume: true,
      parameters: { edge_region: 'fra1', latency_target: '80', EdgeRegion: 'fra1' },
    });
  });

  it('turns no caller away for an odd optional field', async () => {
    const { post, arrive } = newDesk();
    const odd = {
      ...fields,
      EdgeRegion: '../../x',
      LatencyTarget: '-1',
      QualityMode: 'best',
      __proto__x: 'y',
    };

    expect(arrive(await post('voice', odd))?.parameters).toMatchObject({
      edge_region: 'local',
      latency_target: '50',
      quality_mode: 'ultra_low_latency',
      QualityMode: 'best',
    });
  });

  it('is busy at the limit, counting calls whose stream is still on its way, but not a repeated webhook', async () => {
    const { post, desk, arrive } = newDesk();
    desk.liveCalls = 1;
    await post('voice');
    const repeated = await post('voice');
    const other = { ...fields, CallSid: `CA${'2'.repeat(32)}` };

    expect((await post('voice', other)).body).toContain('<Response><Reject reason="busy"/></Response>');
    expect(arrive(repeated)?.callSid).toBe(callSid);
    expect(arrive(await post('voice', other), other.CallSid)).not.toBeNull();
  });

  it('takes no call while draining, and says sorry to one that is already answered', async () => {
    const { post, desk, reception } = newDesk();
    desk.draining = true;

    expect((await post('voice')).body).toContain('<Reject');
    const answered = await post('voice', { ...fields, Direction: 'outbound-api', CallStatus: 'in-progress' });
    expect(answered.body).toMatch(/<Say>Sorry.*<\/Say><Hangup\/>/);
    expect(reception.waitingCalls).toBe(0);
  });
});

describe('POST /api/twilio/resume', () => {
  it('does what the desk says: hang up, reconnect with a new token, or ring a person', async () => {
    const { post, desk, arrive, told } = newDesk();
    expect((await post('resume')).body).toContain('<Hangup/>');

    desk.after = { next: 'reconnect' };
    expect(arrive(await post('resume'))).toMatchObject({ callSid, resume: true, from: '+15550001' });

    desk.after = { next: 'dial', number: '+15551234567' };
    const dialling = await post('resume');
    expect(dialling.body).toContain('<Number>+15551234567</Number>');
    expect(dialling.body).toContain('action="https://calls.example.com/api/twilio/dialed"');
    expect(told).toEqual(Array(3).fill(`afterStream ${callSid}`));
  });

  it('resumes calls even when the server is draining or full', async () => {
    const { post, desk, arrive } = newDesk();
    Object.assign(desk, { draining: true, liveCalls: 2, after: { next: 'reconnect' } });

    expect(arrive(await post('resume'))?.resume).toBe(true);
  });

  it('says sorry instead of going round for ever when the first stream never came', async () => {
    const { post, desk, errors, told, reception } = newDesk();
    desk.after = { next: 'reconnect' };
    await post('voice');

    expect((await post('resume')).body).toMatch(/<Say>Sorry.*<Hangup\/>/);
    expect(String(errors[0])).toContain('PUBLIC_URL');
    expect(told).toEqual([]);
    expect(reception.waitingCalls).toBe(0);
  });

  it('says sorry when the desk fails, and tells the operator why', async () => {
    const fault = new Error('the record is out of reach');
    const afterStream = () => Promise.reject(fault);
    const desk = {
      ...{ liveCalls: 0, draining: false, has: () => false },
      ...{ afterStream, onDialed: () => {}, onStatus: () => {} },
      ...{ tenureOf: () => null, forgetIfTaken: async () => false },
    };
    const { post, errors } = newDesk({ desk });

    expect((await post('resume')).body).toMatch(/<Say>Sorry.*<Hangup\/>/);
    expect(errors).toEqual([fault]);
  });
});

describe('several nodes', () => {
  const theirs: HttpResponse = { status: 200, body: '<Response><Hangup/></Response>' };
  const otherNodes = (asked: string[]) => ({
    answerNew: async () => {
      asked.push('new');
      return theirs;
    },
    answerKnown: async (_: unknown, sid: string, isTaken: boolean) => {
      asked.push(isTaken ? `${sid}, taken` : sid);
      return theirs;
    },
  });

  it('took a caller back to a node that had had the call before, and had not heard that another has it', async () => {
    const asked: string[] = [];
    const { desk, post } = newDesk({ otherNodes: otherNodes(asked) });
    Object.assign(desk, { here: true, after: { next: 'reconnect' }, tenure: 2 });
    const resumeUrl = /<Redirect[^>]*>([^<]+)</.exec(String((await post('resume')).body))?.[1] ?? '';
    const query = new URL(resumeUrl).search.slice(1);
    expect(query).toBe('Tenure=2');

    desk.tenure = 1;
    expect(await post('resume', fields, { query })).toBe(theirs);
    Object.assign(desk, { here: true, tenure: 2 });
    expect((await post('resume', fields, { query })).body).toContain('<Stream');
    expect(asked).toEqual([`${callSid}, taken`]);
  });

  it('bring streams to the node itself, and webhooks to them all', async () => {
    const { post } = newDesk({ streamOrigin: () => 'https://node-a.example.com' });
    const { body } = await post('voice');
    expect(body).toContain('url="wss://node-a.example.com/twilio/media"');
    expect(body).toContain('>https://calls.example.com/api/twilio/resume<');
  });

  it('answer for a call that is not here', async () => {
    const asked: string[] = [];
    const { post, told } = newDesk({ otherNodes: otherNodes(asked) });
    const inProgress = { ...fields, CallStatus: 'in-progress' };
    expect(await post('voice')).toBe(theirs);
    expect(await post('resume', inProgress)).toBe(theirs);
    expect(await post('dialed', { ...inProgress, DialCallStatus: 'busy' })).toBe(theirs);
    expect(await post('status', { ...fields, CallStatus: 'completed' })).toBe(theirs);
    expect(asked).toEqual(['new', callSid, callSid, callSid]);
    expect(told).toEqual([]);
  });

  it('are not asked about a call that is here, or on its way to here', async () => {
    const asked: string[] = [];
    const none = { ...otherNodes(asked), answerNew: async () => null };
    const { post, desk, reception } = newDesk({ otherNodes: none });
    desk.here = true;
    desk.after = { next: 'reconnect' };
    expect((await post('resume')).body).toContain('<Stream');
    expect(reception.expects(callSid)).toBe(true);
    desk.here = false;
    await post('status', { ...fields, CallStatus: 'completed' });
    expect(asked).toEqual([]);
  });

  it('say sorry in the call’s language when none can go on with it', async () => {
    const { post, desk } = newDesk();
    desk.after = { next: 'apologise', language: 'es-MX' };
    expect((await post('resume')).body).toMatch(/<Say language="es-MX">Perdone.*<\/Say><Hangup\/>/);
    desk.after = { next: 'apologise', language: 'de-DE' };
    expect((await post('resume')).body).toMatch(/<Say language="en-US">Sorry.*call again/);
  });
});

describe('POST /api/twilio/dialed', () => {
  it('ends a call that a person took, and brings back a caller whom nobody did', async () => {
    const { post, arrive, told } = newDesk();
    const inProgress = { ...fields, CallStatus: 'in-progress' };

    expect((await post('dialed', { ...inProgress, DialCallStatus: 'completed' })).body).toContain(
      '<Hangup/>',
    );
    for (const status of ['busy', 'no-answer', 'failed', 'canceled'])
      expect(arrive(await post('dialed', { ...inProgress, DialCallStatus: status }))?.resume, status).toBe(
        true,
      );
    expect(told[0]).toBe(`dialed ${callSid} completed`);
    expect(told).toHaveLength(5);
  });

  it('expects no stream of a caller who hung up while it rang', async () => {
    const { post, told } = newDesk();
    const answer = await post('dialed', { ...fields, CallStatus: 'completed', DialCallStatus: 'canceled' });

    expect(answer.body).toContain('<Hangup/>');
    expect(told).toEqual([`dialed ${callSid} canceled`]);
  });

  it('refuses a status that Twilio does not have', async () => {
    const { post, told } = newDesk();
    expect((await post('dialed', { ...fields, DialCallStatus: 'maybe' })).status).toBe(400);
    expect(told).toEqual([]);
  });
});

describe('POST /api/twilio/status', () => {
  it('passes the status on, of unknown calls too', async () => {
    const { post, told } = newDesk();

    expect(await post('status', { ...fields, CallStatus: 'completed' })).toEqual({ status: 204 });
    expect(told).toEqual([`status ${callSid} completed`]);
    expect((await post('status', { CallSid: callSid, CallStatus: 'sleeping' })).status).toBe(400);
  });
});

describe('every webhook', () => {
  const paths = ['voice', 'resume', 'dialed', 'status'];

  it('answers bad input with a 4xx and a sentence', async () => {
    const { routes, post, told } = newDesk();
    for (const path of paths) {
      for (const CallSid of ['', 'CA1', `${callSid}'--`, `AC${'0'.repeat(32)}`]) {
        const answer = await post(path, { ...fields, CallSid });
        expect(answer.status, `${path} ${CallSid}`).toBe(400);
        expect(JSON.parse(String(answer.body)).error).toContain('CallSid');
      }
    }
    for (const { path, handle } of routes) {
      const json = { 'content-type': 'application/json' };
      expect(await handle(httpRequest({ method: 'POST', path, headers: json, body: '{}' }))).toMatchObject({
        status: 415,
      });
      expect(await handle(httpRequest({ method: 'POST', path, body: '%%%\u0000=&&&' }))).toMatchObject({
        status: 415,
      });
    }
    expect(told).toEqual([]);
  });

  it('is refused without a signature, before its fields are even read', async () => {
    const authToken = new Secret('canary-auth-token-0123');
    const access = carrierAccess({ authToken, publicUrl: 'https://calls.example.com' });
    const { post, told } = newDesk({ access });

    for (const path of paths) {
      expect((await post(path)).status).toBe(403);
      expect((await post(path, { CallSid: 'bad' })).status).toBe(403);
      const url = `https://calls.example.com/api/twilio/${path}`;
      const form = { ...fields, DialCallStatus: 'busy' };
      const headers = signedHeaders(authToken.reveal(), url, form);
      expect((await post(path, form, { headers, remoteAddress: '203.0.113.9' })).status, path).toBeLessThan(
        300,
      );
    }
    expect(told).not.toEqual([]);
  });

  it('is refused for an account that is not ours', async () => {
    const { post } = newDesk({ accountSid: `AC${'b'.repeat(32)}` });
    for (const path of paths) expect((await post(path)).status).toBe(403);
  });
});
