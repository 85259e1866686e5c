import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PhoneCall } from '../../../src/caller/phone-call.ts';
import { bundleEdge } from '../../../src/edge/bundle.ts';
import { type LocalEdge, startLocalEdge } from '../../../src/edge/local.ts';
import { type DeepgramEmulator, startDeepgramEmulator } from '../../../src/emulators/deepgram/deepgram.ts';
import { agentsVoice } from './voices.ts';

const PUBLIC_URL = 'https://edge.example.com';
const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';
const EDGE_SECRET = 'edge-and-cloud-know-this';

let deepgram: DeepgramEmulator;
let edge: LocalEdge;

beforeAll(async () => {
  deepgram = await startDeepgramEmulator({ apiKey: 'deepgram-key', voice: agentsVoice });
  edge = await startLocalEdge({
    code: await bundleEdge(),
    logged() {},
    variables: {
      PUBLIC_URL,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      EDGE_SECRET,
      DEEPGRAM_API_KEY: 'deepgram-key',
      DEEPGRAM_URL: deepgram.url,
    },
  });
}, 120_000);
afterAll(async () => {
  await edge?.close();
  await deepgram?.close();
});

function phone(options: Partial<ConstructorParameters<typeof PhoneCall>[1]> = {}): PhoneCall {
  return new PhoneCall(edge.url, {
    from: '+12025550123',
    to: '+12025550100',
    hearing: 'bytes',
    authToken: AUTH_TOKEN,
    publicUrl: PUBLIC_URL,
    ...options,
  });
}

describe('a Worker that knows its carrier by signatures', () => {
  it('takes calls that are signed for its public address', async () => {
    const caller = phone();
    await caller.begin();
    await expect.poll(() => caller.line?.counts.framesReceived).toBeGreaterThan(10);
    expect(await caller.hangUp()).toMatchObject({ by: 'caller', error: null });
  });

  it.each([
    ['another token', { authToken: 'f'.repeat(32) }],
    ['another address', { publicUrl: 'https://other.example.com' }],
  ])('refuses those that are signed with %s', async (_, options) => {
    await expect(phone(options).begin()).rejects.toThrow('HTTP 403');
  });

  it('refuses streams without a signature, and of no call', async () => {
    const upgrade = (path: string) =>
      new Promise(resolve => {
        const socket = new WebSocket(edge.url.replace('http', 'ws') + path);
        socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
        socket.on('open', () => resolve('open'));
        socket.on('error', () => {});
      });
    expect(await upgrade(`/twilio/media/CA${'0'.repeat(32)}`)).toBe(403);
    expect(await upgrade('/twilio/media')).toBe(404);
  });

  it('obeys commands about calls for whoever knows the secret of edge and cloud', async () => {
    const caller = phone();
    await caller.begin();
    const send = async (path: string, token: string, body?: unknown) => {
      const response = await fetch(`${edge.url}/edge/calls/${caller.callSid}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    };
    expect(await send('', 'guessed')).toMatchObject({ status: 401 });
    expect(await send('', EDGE_SECRET)).toMatchObject({ status: 200, body: { stage: 'here' } });
    expect(await send('/update', EDGE_SECRET, { shout: 'x' })).toMatchObject({ status: 400 });
    expect(await send('/update', EDGE_SECRET, { say: 'This is said next.' })).toMatchObject({ status: 200 });
    expect(await send('/hand-off', EDGE_SECRET, {})).toMatchObject({ body: { isTaken: false } });
    await expect
      .poll(() => deepgram.requests.flatMap(({ messages }) => messages))
      .toContainEqual(expect.objectContaining({ text: 'This is said next.' }));
    expect(await send('/end?now', EDGE_SECRET, {})).toMatchObject({ status: 200 });
    expect(await caller.ended()).toMatchObject({ by: 'agent', error: null });
    expect(await send('/end', EDGE_SECRET, {})).toMatchObject({ status: 404 });
  });
});
