import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { carrierAccess } from '../../../src/telephony/signature.ts';
import { formRequest, httpRequest, signedHeaders } from './http-request.ts';

const token = 'canary-auth-token-0123';
const origin = 'https://calls.example.com';
const voiceUrl = `${origin}/api/twilio/voice`;
const fields = {
  CallSid: 'CA1',
  From: '+15550001',
  To: '+1 (555) 0002',
  SpeechResult: 'déjà vu & more = ok',
};

function access(publicUrl = origin) {
  const refused: string[] = [];
  const onRefused = (reason: string, path: string) => void refused.push(`${reason} ${path}`);
  return { ...carrierAccess({ authToken: new Secret(token), publicUrl, onRefused }), refused };
}

describe('a signed webhook', () => {
  it('is let in wherever it seems to come from, because the public address counts and not Host', () => {
    const headers = {
      ...signedHeaders(token, voiceUrl, fields),
      host: 'internal:8080',
      'x-forwarded-for': '5.6.7.8',
    };
    const request = formRequest('/api/twilio/voice', fields, { headers, remoteAddress: '203.0.113.9' });

    expect(access().authorizeWebhook(request)).toBeNull();
  });

  it('is refused when forged, altered, unsigned, signed with another token or for another path', () => {
    const forged = [
      formRequest('/api/twilio/voice', fields),
      formRequest('/api/twilio/voice', fields, { headers: { 'x-twilio-signature': 'x' } }),
      formRequest('/api/twilio/voice', fields, { headers: signedHeaders('another-token', voiceUrl, fields) }),
      formRequest('/api/twilio/status', fields, { headers: signedHeaders(token, voiceUrl, fields) }),
      formRequest(
        '/api/twilio/voice',
        { ...fields, From: '+19' },
        { headers: signedHeaders(token, voiceUrl, fields) },
      ),
      formRequest('/api/twilio/voice', fields, {
        query: 'a=1',
        headers: signedHeaders(token, voiceUrl, fields),
      }),
    ];
    const { authorizeWebhook, refused } = access();

    for (const request of forged) {
      const refusal = authorizeWebhook(request);
      expect(refusal?.status).toBe(403);
      expect(String(refusal?.body)).not.toContain(token);
    }
    expect(refused).toHaveLength(forged.length);
    expect(refused[0]).toBe('badSignature /api/twilio/voice');
  });

  it('is signed over its query exactly as it came', () => {
    const query = "EdgeRegion=fra1&note=it's%20here";
    const headers = signedHeaders(token, `${voiceUrl}?${query}`, fields);

    expect(
      access().authorizeWebhook(formRequest('/api/twilio/voice', fields, { query, headers })),
    ).toBeNull();
  });

  it('may repeat a form key', () => {
    const repeated = { ...fields, Media: ['b', 'a', 'b'] };
    const headers = signedHeaders(token, voiceUrl, repeated);
    const without = { ...repeated, Media: ['b', 'a', 'c'] };

    expect(access().authorizeWebhook(formRequest('/api/twilio/voice', repeated, { headers }))).toBeNull();
    expect(access().authorizeWebhook(formRequest('/api/twilio/voice', without, { headers }))?.status).toBe(
      403,
    );
  });

  it('may be signed with or without the port 443', () => {
    for (const url of [voiceUrl, 'https://calls.example.com:443/api/twilio/voice']) {
      const headers = signedHeaders(token, url, fields);
      expect(
        access().authorizeWebhook(formRequest('/api/twilio/voice', fields, { headers })),
        url,
      ).toBeNull();
    }
  });

  it('carries a JSON body only with its hash in the signed query', () => {
    const body = '{"event":"call"}';
    const query = `bodySHA256=${twilio.getExpectedBodyHash(body)}`;
    const json = { 'content-type': 'application/json' };
    const post = (sent: string, sentQuery: string) => {
      const url = sentQuery ? `${voiceUrl}?${sentQuery}` : voiceUrl;
      const headers = { ...json, ...signedHeaders(token, url) };
      return httpRequest({
        method: 'POST',
        path: '/api/twilio/voice',
        query: sentQuery,
        headers,
        body: sent,
      });
    };

    expect(access().authorizeWebhook(post(body, query))).toBeNull();
    expect(access().authorizeWebhook(post('{"event":"other"}', query))?.status).toBe(403);
    expect(access().authorizeWebhook(post(body, ''))?.status).toBe(403);
  });

  it('cannot smuggle in a body of a type that no signature covers', () => {
    const headers = { ...signedHeaders(token, voiceUrl), 'content-type': 'text/plain' };
    const request = httpRequest({ method: 'POST', path: '/api/twilio/voice', headers, body: 'CallSid=CA1' });

    expect(access().authorizeWebhook(request)?.status).toBe(403);
  });
});

describe('a signed upgrade', () => {
  const upgrade = (url: string, path = '/twilio/media') =>
    httpRequest({ path, headers: signedHeaders(token, url) });

  it('is signed over the exact wss address, with or without the port', () => {
    expect(access().authorizeUpgrade(upgrade('wss://calls.example.com/twilio/media'))).toBeNull();
    expect(access().authorizeUpgrade(upgrade('wss://calls.example.com:443/twilio/media'))).toBeNull();
    expect(
      access(`${origin}:8443`).authorizeUpgrade(upgrade('wss://calls.example.com:8443/twilio/media')),
    ).toBeNull();
  });

  it('is refused when signed over https, another host, another path, or not at all', () => {
    const forged = [
      upgrade('https://calls.example.com/twilio/media'),
      upgrade('wss://evil.example.com/twilio/media'),
      upgrade('wss://calls.example.com/twilio/other'),
      upgrade('wss://calls.example.com/twilio/media', '/twilio/media/x'),
      httpRequest({ path: '/twilio/media' }),
    ];
    for (const request of forged) expect(access().authorizeUpgrade(request)?.status).toBe(403);
  });
});

describe('without an auth token', () => {
  const { authorizeWebhook, authorizeUpgrade, warning } = carrierAccess({ authToken: null, publicUrl: null });

  it('only this machine is let in, and the boot warning says so', () => {
    for (const remoteAddress of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1'])
      expect(authorizeWebhook(httpRequest({ remoteAddress })), remoteAddress).toBeNull();
    for (const remoteAddress of ['10.0.0.1', '203.0.113.9', '::ffff:10.0.0.1', 'fe80::1', ''])
      expect(authorizeUpgrade(httpRequest({ remoteAddress }))?.status, remoteAddress).toBe(403);

    expect(warning).toContain('TWILIO_AUTH_TOKEN');
    expect(carrierAccess({ authToken: new Secret(token), publicUrl: origin }).warning).toBeNull();
  });

  it('a tunnel, a rebound name and a page from elsewhere are not this machine', () => {
    const strange = [
      { host: '127.0.0.1', 'x-forwarded-for': '203.0.113.9' },
      { host: 'abc.tunnel.example' },
      { host: '127.0.0.1:8080', origin: 'https://evil.example' },
      { host: '127.0.0.1:8080', origin: 'null' },
    ];
    for (const headers of strange) expect(authorizeUpgrade(httpRequest({ headers }))?.status).toBe(403);

    const own = { host: 'localhost:8080', origin: 'http://localhost:8080' };
    expect(authorizeUpgrade(httpRequest({ headers: own }))).toBeNull();
  });
});

it('a token without a public address is a mistake that shows at boot', () => {
  expect(() => carrierAccess({ authToken: new Secret(token), publicUrl: null })).toThrow('PUBLIC_URL');
});
