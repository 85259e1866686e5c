import { describe, expect, it } from 'vitest';
import { connectStream, dial, hangUp, rejectBusy, sayAndHangUp } from '../../../src/telephony/twiml.ts';

const plan = {
  streamUrl: 'wss://calls.example.com/twilio/media',
  resumeUrl: 'https://calls.example.com/api/twilio/resume',
  token: 'tok',
  parameters: { edge_region: 'fra1', latency_target: '50', quality_mode: 'balanced' },
};

function parameterOf(xml: string, name: string): string {
  return new RegExp(`<Parameter name="${name}" value="([^"]*)"/>`).exec(xml)?.[1] ?? '';
}

describe('TwiML', () => {
  it('connects the stream and goes on to the resume webhook when it is over', () => {
    expect(connectStream(plan)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response>' +
        '<Connect><Stream url="wss://calls.example.com/twilio/media">' +
        '<Parameter name="token" value="tok"/>' +
        '<Parameter name="edge_region" value="fra1"/>' +
        '<Parameter name="latency_target" value="50"/>' +
        '<Parameter name="quality_mode" value="balanced"/>' +
        '</Stream></Connect>' +
        '<Redirect method="POST">https://calls.example.com/api/twilio/resume</Redirect></Response>',
    );
  });

  it('refuses a stream URL with a query, which Twilio would fail to connect', () => {
    expect(() => connectStream({ ...plan, streamUrl: `${plan.streamUrl}?token=x` })).toThrow('query');
  });

  it('keeps name and value of a parameter under 500 characters, and whole characters whole', () => {
    const xml = connectStream({
      ...plan,
      parameters: { note: 'x'.repeat(900), faces: `x${'😀'.repeat(400)}` },
    });

    expect(parameterOf(xml, 'note')).toHaveLength(499 - 'note'.length);
    const faces = parameterOf(xml, 'faces');
    expect(faces.length + 'faces'.length).toBeLessThan(500);
    expect(faces).toMatch(/^x(😀)+$/u);
  });

  it('lets no parameter take the place of the token', () => {
    const xml = connectStream({ ...plan, parameters: { token: 'forged' } });

    expect(xml.match(/name="token"/g)).toHaveLength(1);
    expect(xml).not.toContain('forged');
  });

  it('escapes what XML gives a meaning and drops what it cannot hold', () => {
    const xml = connectStream({ ...plan, parameters: { name: `"/><Hangup/>&\u0000\u001F\uD800ok` } });

    expect(parameterOf(xml, 'name')).toBe('&quot;/>&lt;Hangup/>&amp;ok');
    expect(xml).not.toContain('<Hangup');
  });

  it('rings a person and asks how it went', () => {
    expect(dial('+15551234567', 'https://h/api/twilio/dialed')).toContain(
      '<Dial action="https://h/api/twilio/dialed" method="POST" timeout="25"><Number>+15551234567</Number></Dial>',
    );
  });

  it('hangs up, is busy, or says sorry first', () => {
    expect(hangUp()).toContain('<Response><Hangup/></Response>');
    expect(rejectBusy()).toContain('<Response><Reject reason="busy"/></Response>');
    expect(sayAndHangUp('Sorry & goodbye')).toContain('<Say>Sorry &amp; goodbye</Say><Hangup/>');
  });
});
