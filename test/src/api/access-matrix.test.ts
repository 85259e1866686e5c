import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../runtime/clock.ts';
import { ChartPictures } from '../../../src/console/chart-pictures.ts';
import type { DrawingThread } from '../../../src/console/drawing-thread.ts';
import { LazyThread } from '../../../src/console/lazy-thread.ts';
import { RawStream } from '../../harness/raw-stream.ts';
import { WireCaller } from '../../harness/wire-caller.ts';
import { TRANSPORTS, WireServer } from '../../harness/wire-server.ts';
import { readSources } from '../../house/source-code.ts';
import { ConsolePage } from '../console/console-page.ts';

const API_KEY = 'a-key-of-a-test-0123456789';
const FOREIGN = 'https://elsewhere.example.com';
const key = { authorization: `Bearer ${API_KEY}` };
/** Anybody may ask these; the carrier's webhooks have their signatures. */
const OPEN = /^\/api\/(session|twilio)/;
const SOCKETS = ['/api/live', '/api/softphone/media'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

type Headers = Record<string, string>;

/** All servers show the same charts. */
const drawing = new LazyThread<DrawingThread>('./drawing-thread', systemClock);
const pictures = new ChartPictures(drawing);
afterAll(() => drawing.close());

/** Every path of the API that the product's source names. */
function apiPaths(): string[] {
  const texts = [...readSources(new URL('../../../', import.meta.url))].filter(([file]) =>
    /^src\/(api|console|telephony|supervisor|recordings)\//.test(file),
  );
  const paths = texts.flatMap(([, text]) =>
    [...text.matchAll(/['`](\/api\/[\w/:.-]*)['`]/g)].map(([, path]) => path as string),
  );
  return [...new Set(paths)].filter(path => !OPEN.test(path) && !SOCKETS.includes(path));
}

/** Status of a request; null where the router has no such route. */
async function ask(server: WireServer, method: string, path: string, headers: Headers) {
  const response = await fetch(server.url + path.replaceAll(/:\w+/g, 'nothing0.svg'), { method, headers });
  const text = await response.text();
  const isRouted = response.status !== 405 && response.status !== 426 && !text.includes('"code":"NOT_FOUND"');
  return isRouted ? response.status : null;
}

async function logIn(server: WireServer, given = API_KEY, headers: Headers = {}) {
  const body = JSON.stringify({ key: given });
  const response = await fetch(`${server.url}/api/session`, { method: 'POST', body, headers });
  const cookie = response.headers.get('set-cookie') ?? '';
  return { status: response.status, setCookie: cookie, cookie: { cookie: cookie.split(';')[0] ?? '' } };
}

describe.each(TRANSPORTS)('access over %s', transport => {
  const start = (env: Record<string, string>) => WireServer.start({ transport, env, console: { pictures } });
  let keyed: WireServer;
  let local: WireServer;
  let shut: WireServer;

  beforeAll(async () => {
    const publicly = { PUBLIC_URL: 'https://calls.example.com', TWILIO_AUTH_TOKEN: '0123456789abcdef' };
    [keyed, local, shut] = await Promise.all([start({ API_KEY }), start({}), start(publicly)]);
  });
  afterAll(() => Promise.all([keyed.close(), local.close(), shut.close()]));

  it('to every route of the API is for the key, a session or this machine alone', async () => {
    const { cookie } = await logIn(keyed);
    const routes: string[] = [];
    for (const path of apiPaths())
      for (const method of METHODS) {
        const told = `${method} ${path}`;
        const withKey = await ask(keyed, method, path, key);
        if (withKey === null) continue;
        routes.push(told);
        expect([401, 403], told).not.toContain(withKey);
        const refused: Headers[] = [
          {},
          { authorization: `Bearer ${API_KEY}x` },
          { cookie: `aybiza=${'A'.repeat(43)}` },
          { ...cookie, origin: FOREIGN },
          { ...cookie, 'sec-fetch-site': 'cross-site' },
        ];
        for (const headers of refused) expect(await ask(keyed, method, path, headers), told).toBe(401);
        const site = { ...cookie, origin: keyed.url };
        expect([401, 403], told).not.toContain(await ask(keyed, method, path, site));

        expect([401, 403], told).not.toContain(await ask(local, method, path, {}));
        for (const headers of [{ origin: FOREIGN }, { 'x-forwarded-for': '203.0.113.9' }] as Headers[])
          expect(await ask(local, method, path, headers), told).toBe(401);
        for (const headers of [{}, key, cookie])
          expect(await ask(shut, method, path, headers), told).toBe(401);
      }
    expect(routes).toEqual(
      expect.arrayContaining([
        'GET /api/calls',
        'GET /api/calls/:callSid/steps',
        'GET /api/charts/call.svg',
        'GET /api/charts/flows/:file',
        'GET /api/flows/:name',
        'GET /api/softphone',
        'POST /api/softphone',
        'POST /api/softphone/resume',
      ]),
    );
  }, 60_000);

  it.each(SOCKETS)('to the WebSocket %s is for pages of this server alone', async path => {
    const { cookie } = await logIn(keyed);
    const refusal = (server: WireServer, headers: Headers) =>
      RawStream.refusal(server.url.replace('http', 'ws') + path, headers);
    expect(await refusal(keyed, {})).toBe(401);
    expect(await refusal(keyed, { cookie: `aybiza=${'A'.repeat(43)}`, origin: keyed.url })).toBe(401);
    expect(await refusal(keyed, { ...cookie, origin: FOREIGN })).toBe(403);
    expect(await refusal(keyed, { ...key, origin: FOREIGN })).toBe(403);
    expect(await refusal(keyed, { ...cookie, origin: keyed.url })).toBeNull();
    expect(await refusal(keyed, key)).toBeNull();
    expect(await refusal(local, { origin: local.url })).toBeNull();
    expect(await refusal(local, { origin: FOREIGN })).toBe(403);
    expect(await refusal(shut, { ...key })).toBe(401);
  });

  it('by a session lasts until it is logged out, for its open pages too', async () => {
    const { setCookie, cookie } = await logIn(keyed);
    expect(setCookie).toMatch(/^aybiza=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await keyed.getJson('/api/session', cookie)).body).toMatchObject({
      access: 'session',
      readOnly: false,
      canLogIn: true,
    });
    const page = await ConsolePage.open(keyed.url, { ...cookie, origin: keyed.url });
    await fetch(`${keyed.url}/api/session`, { method: 'DELETE', headers: cookie });
    expect(await page.closed).toEqual({ code: 1008, reason: 'logged out' });
    expect((await keyed.getJson('/api/calls', cookie)).status).toBe(401);
    expect((await keyed.getJson('/api/session', cookie)).body.access).toBe('none');
    expect((await local.getJson('/api/session')).body).toMatchObject({ access: 'loopback', canLogIn: false });
  });

  it('is told to browsers with headers that let pages do nothing but their own', async () => {
    for (const path of ['/', '/calls', '/login', '/api/calls', '/healthz']) {
      const { headers } = await fetch(keyed.url + path);
      expect(headers.get('content-security-policy'), path).toMatch(/^default-src '(self|none)'/);
      expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
      expect(headers.get('content-security-policy'), path).not.toContain('unsafe');
      expect(headers.get('x-content-type-options'), path).toBe('nosniff');
      expect(headers.get('referrer-policy'), path).toBe('same-origin');
    }
  });

  it('cannot be guessed: after ten wrong keys nobody of that address gets in for a while', async () => {
    const server = await start({ API_KEY });
    try {
      expect((await logIn(server, API_KEY, { origin: FOREIGN })).status).toBe(403);
      for (let tries = 0; tries < 10; tries++) expect((await logIn(server, 'guess')).status).toBe(401);
      expect((await logIn(server)).status).toBe(429);
      expect((await server.getJson('/api/calls', key)).status).toBe(200);
      expect(server.complaints.join('\n')).not.toContain('guess');
    } finally {
      await server.close();
    }
  });

  it('to act is for the key alone where the console is read-only', async () => {
    const server = await start({ API_KEY, CONSOLE_READ_ONLY: 'on' });
    try {
      const { cookie } = await logIn(server);
      expect(await ask(server, 'POST', '/api/softphone', cookie)).toBe(403);
      expect(await ask(server, 'GET', '/api/calls', cookie)).toBe(200);
      expect(await ask(server, 'POST', '/api/softphone', key)).toBe(200);
      const page = await ConsolePage.open(server.url, cookie);
      expect((await page.told('hello')).readOnly).toBe(true);
      await page.close();
    } finally {
      await server.close();
    }
  });

  it('of the carrier is as it was: no session, no key', async () => {
    const caller = await WireCaller.place(keyed);
    await caller.phone.hangUp();
    expect((await fetch(`${keyed.url}/healthz`)).status).toBe(200);
  });
});
