import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import type { HttpRequest, HttpRoute } from '../../../runtime/cloud/transport.ts';
import { Client, echoRoute, owned, promised, serverOptions, TRANSPORTS } from './under-test.ts';

describe.each(TRANSPORTS)('HTTP on $transport', ({ listenOn }) => {
  async function serving(http: HttpRoute[], changes: Parameters<typeof serverOptions>[0] = {}) {
    const server = owned(await listenOn(serverOptions({ http, ...changes })));
    return { server, url: `http://127.0.0.1:${server.port}` };
  }

  it('hands the handler the parameters, the raw query, the headers and the body as they came', async () => {
    const seen: HttpRequest[] = [];
    const { url } = await serving([
      {
        method: 'POST',
        path: '/calls/:callSid/notes/:note',
        handle: request => {
          seen.push(request);
          return { status: 201, headers: { 'X-Kept': 'yes' }, body: Buffer.from([0, 255, 1]) };
        },
      },
    ]);
    const response = await fetch(`${url}/calls/CA1/notes/a%20b%2Fc?x=%20&y=+&x`, {
      method: 'POST',
      headers: { 'X-Twilio-Signature': 'AbC=' },
      body: 'häj',
    });

    expect(response.status).toBe(201);
    expect(response.headers.get('x-kept')).toBe('yes');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0, 255, 1]));
    expect(seen[0]).toMatchObject({
      method: 'POST',
      path: '/calls/CA1/notes/a%20b%2Fc',
      params: { callSid: 'CA1', note: 'a b/c' },
      query: 'x=%20&y=+&x',
      remoteAddress: '127.0.0.1',
    });
    expect(seen[0]?.headers['x-twilio-signature']).toBe('AbC=');
    expect(seen[0]?.body.toString()).toBe('häj');
  });

  it('prefers fixed parts to parameters, whatever the order of the routes', async () => {
    const { url } = await serving([
      {
        method: 'GET',
        path: '/calls/:id',
        handle: ({ params, query }) => ({ status: 200, body: `${params.id}${query}` }),
      },
      { method: 'GET', path: '/calls/live', handle: () => ({ status: 200, body: 'the live ones' }) },
    ]);
    expect(await (await fetch(`${url}/calls/live`)).text()).toBe('the live ones');
    expect(await (await fetch(`${url}/calls/7`)).text()).toBe('7');
    expect((await fetch(`${url}/calls/`)).status).toBe(404);
  });

  it('answers 404 for an unknown path, 405 with Allow for a wrong method, 426 for a plain GET on a socket', async () => {
    const handle = () => ({ status: 200, body: '' });
    const { url } = await serving(
      [
        { method: 'GET', path: '/calls/:id', handle },
        { method: 'DELETE', path: '/calls/:id', handle },
      ],
      { sockets: [echoRoute().route] },
    );
    const answerTo = async (path: string, method = 'GET') => {
      const response = await fetch(url + path, { method });
      const { error } = (await response.json()) as { error: { code: string; message: string } };
      expect(error.message).not.toBe('');
      return { status: response.status, allow: response.headers.get('allow'), code: error.code };
    };
    expect(await answerTo('/nothing')).toEqual({ status: 404, allow: null, code: 'NOT_FOUND' });
    expect(await answerTo('/calls/1', 'PUT')).toEqual({
      status: 405,
      allow: 'DELETE, GET',
      code: 'METHOD_NOT_ALLOWED',
    });
    expect(await answerTo('/echo/me')).toEqual({ status: 426, allow: null, code: 'UPGRADE_REQUIRED' });
    expect(await answerTo('/echo/me', 'POST')).toEqual({
      status: 405,
      allow: 'GET',
      code: 'METHOD_NOT_ALLOWED',
    });
    expect((await fetch(`${url}/nothing`, { method: 'HEAD' })).status).toBe(404);
  });

  it('takes a larger body where a route has a limit of its own', async () => {
    const handle = ({ body }: HttpRequest) => ({ status: 200, body: String(body.byteLength) });
    const { url } = await serving([
      { method: 'POST', path: '/large', maxBodyBytes: 4096, handle },
      { method: 'POST', path: '/usual', handle },
    ]);
    const post = (path: string, sizeBytes: number) =>
      fetch(url + path, { method: 'POST', body: Buffer.alloc(sizeBytes) });

    expect(await (await post('/large', 4096)).text()).toBe('4096');
    expect((await post('/large', 4097)).status).toBe(413);
    expect((await post('/usual', 1025)).status).toBe(413);
  });

  it('takes a body at the limit, refuses one byte more with 413, and works on', async () => {
    const { url } = await serving([
      { method: 'POST', path: '/', handle: ({ body }) => ({ status: 200, body: String(body.byteLength) }) },
    ]);
    const post = (sizeBytes: number) => fetch(url, { method: 'POST', body: Buffer.alloc(sizeBytes) });

    expect(await (await post(1024)).text()).toBe('1024');
    const refused = await post(1025);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({ error: { code: 'BODY_TOO_LARGE' } });
    expect((await post(2_000_000)).status).toBe(413);
    expect(await (await post(3)).text()).toBe('3');
  });

  it('cuts off a peer that never stops sending a body', async () => {
    const { server, url } = await serving([
      { method: 'POST', path: '/', handle: () => ({ status: 200 }) },
      { method: 'GET', path: '/', handle: () => ({ status: 200, body: 'alive' }) },
    ]);
    const peer = connect(server.port, '127.0.0.1');
    const ended = new Promise(resolve => peer.once('close', resolve));
    peer.on('error', () => {});
    peer.resume();
    const flood = Readable.from(endlessRequest());
    flood.pipe(peer);

    await ended;
    flood.destroy();
    expect(await (await fetch(url)).text()).toBe('alive');
  });

  it('answers a bare 500 and tells onError when a handler throws, at once, later, or by what it answers', async () => {
    const errors: unknown[] = [];
    const secret = new Error('the secret');
    const { url } = await serving(
      [
        {
          method: 'GET',
          path: '/now',
          handle: () => {
            throw secret;
          },
        },
        { method: 'GET', path: '/later', handle: () => Promise.reject(secret) },
        {
          method: 'GET',
          path: '/split',
          handle: () => ({ status: 200, headers: { a: 'b\r\nset-cookie: c' } }),
        },
        { method: 'GET', path: '/status', handle: () => ({ status: 99 }) },
      ],
      { onError: error => errors.push(error) },
    );
    for (const path of ['/now', '/later', '/split', '/status']) {
      const response = await fetch(url + path);
      expect(response.status, path).toBe(500);
      expect(response.headers.get('set-cookie')).toBeNull();
      expect(await response.text()).not.toContain('secret');
    }
    expect(errors.slice(0, 2)).toEqual([secret, secret]);
    expect(errors).toHaveLength(4);
  });

  it('outlives an onError that throws', async () => {
    const fail = () => {
      throw new Error('again');
    };
    const { route } = echoRoute({ authorize: fail });
    const { server, url } = await serving([{ method: 'GET', path: '/', handle: fail }], {
      sockets: [route],
      onError: fail,
    });
    expect((await fetch(url)).status).toBe(500);
    expect((await Client.refused(server, '/echo/a')).status).toBe(500);
  });

  it('lets one connection carry an empty answer and the next request', async () => {
    const { server } = await serving([
      { method: 'GET', path: '/empty', handle: () => ({ status: 204, headers: { 'content-length': '9' } }) },
      {
        method: 'GET',
        path: '/full',
        handle: async () => ({ status: 200, body: 'here', headers: { Connection: 'close' } }),
      },
    ]);
    const peer = connect(server.port, '127.0.0.1');
    let answers = '';
    peer.write('GET /empty HTTP/1.1\r\nhost: x\r\n\r\nGET /full HTTP/1.1\r\nhost: x\r\n\r\n');
    while (!answers.endsWith('here')) answers += (await once(peer, 'data'))[0];
    peer.destroy();

    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 204', 'HTTP/1.1 200']);
    expect(answers.match(/content-length: \d+/gi)).toHaveLength(1);
  });

  it('forgets an answer whose peer has gone', async () => {
    const started = promised();
    const answer = promised<{ status: number }>();
    const { server, url } = await serving([
      {
        method: 'GET',
        path: '/slow',
        handle: () => {
          started.fulfil();
          return answer.promise;
        },
      },
      { method: 'GET', path: '/quick', handle: () => ({ status: 200, body: 'alive' }) },
    ]);
    const peer = connect(server.port, '127.0.0.1');
    peer.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await started.promise;
    peer.resetAndDestroy();
    await once(peer, 'close');
    expect(await (await fetch(`${url}/quick`)).text()).toBe('alive');

    answer.fulfil({ status: 200 });
    expect(await (await fetch(`${url}/quick`)).text()).toBe('alive');
  });

  it('answers a request as ever when it offers an upgrade that is not for a socket', async () => {
    const { server } = await serving([
      { method: 'GET', path: '/health', handle: async () => ({ status: 200, body: 'ok' }) },
    ]);
    expect(await Client.refused(server, '/health')).toMatchObject({ status: 200, body: 'ok' });
    expect(await Client.refused(server, '/nothing')).toMatchObject({ status: 404 });
  });
});

function* endlessRequest() {
  yield 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n';
  while (true) yield `10000\r\n${'x'.repeat(0x10000)}\r\n`;
}
