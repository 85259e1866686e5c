import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';

import type { SocketRoute } from '../../../runtime/cloud/transport.ts';
import { Client, echoRoute, owned, promised, serverOptions, type Talk, TRANSPORTS } from './under-test.ts';

describe.each(TRANSPORTS)('WebSockets on $transport', ({ listenOn }) => {
  async function serving(changes: Partial<SocketRoute<Talk>> = {}) {
    const echo = echoRoute(changes);
    const errors: unknown[] = [];
    const options = serverOptions({ sockets: [echo.route], onError: error => errors.push(error) });
    return { ...echo, errors, server: owned(await listenOn(options)) };
  }

  it('accepts with the data that authorize gave, after showing it the whole request', async () => {
    const authorize = vi.fn<SocketRoute<Talk>['authorize']>(({ params }) => ({
      accept: { name: params.name! },
    }));
    const { server, sockets } = await serving({ authorize });
    const client = await Client.open(server, '/echo/an%20na?t=%20', { headers: { 'X-Key': 'k' } }, [
      'one',
      'two',
    ]);

    expect(await client.ask('hello')).toBe('text:hello');
    expect(client.ws.protocol).toBe('one');
    expect(sockets[0]?.data).toEqual({ name: 'an na' });
    expect(authorize.mock.calls[0]![0]).toMatchObject({
      method: 'GET',
      path: '/echo/an%20na',
      query: 't=%20',
      remoteAddress: '127.0.0.1',
      headers: { 'x-key': 'k', upgrade: 'websocket' },
    });
  });

  it('refuses an upgrade with the status, headers and body that authorize chose', async () => {
    const refuse = { status: 403, headers: { 'x-why': 'signature' }, body: 'no' };
    const { server, sockets } = await serving({ authorize: () => ({ refuse }) });
    const refused = await Client.refused(server, '/echo/a');

    expect(refused).toMatchObject({ status: 403, body: 'no' });
    expect(refused.headers['x-why']).toBe('signature');
    expect(sockets).toEqual([]);
  });

  it('answers 500 when authorize throws and 426 to a handshake of another version', async () => {
    const { server, errors } = await serving({
      authorize: () => {
        throw new Error('the secret');
      },
    });
    const failed = await Client.refused(server, '/echo/a');
    expect(failed.status).toBe(500);
    expect(failed.body).not.toContain('secret');
    expect(errors).toEqual([new Error('the secret')]);
    expect((await Client.refused(server, '/echo/a', { protocolVersion: 8 })).status).toBe(426);
  });

  it('sends text as text, and bytes as binary', async () => {
    const { server } = await serving({
      message(socket, message) {
        socket.send(message.toString());
        socket.send(Buffer.from(message));
      },
    });
    const client = await Client.open(server, '/echo/a');
    const kinds: [string, boolean][] = [];
    const both = promised();
    client.ws.on('message', (data: Buffer, isBinary) => {
      kinds.push([data.toString(), isBinary]);
      if (kinds.length === 2) both.fulfil();
    });
    client.ws.send('\u00e9');
    await both.promise;
    expect(kinds).toEqual([
      ['\u00e9', false],
      ['\u00e9', true],
    ]);
  });

  it('tells text from binary, and carries an empty message and one at the limit', async () => {
    const { server } = await serving({
      message: (socket, message, isBinary) => socket.send(`${isBinary} ${message.byteLength}`),
    });
    const client = await Client.open(server, '/echo/a');

    expect(await client.ask('tåg')).toBe('false 4');
    expect(await client.ask(Buffer.from([1, 2, 3]))).toBe('true 3');
    expect(await client.ask('')).toBe('false 0');
    expect(await client.ask(Buffer.alloc(64 * 1024))).toBe('true 65536');
  });

  it('closes the socket that sends a frame of 2 MB, and only that one', async () => {
    const { server, closed } = await serving();
    const [loud, quiet] = [await Client.open(server, '/echo/loud'), await Client.open(server, '/echo/quiet')];
    loud.ws.send(Buffer.alloc(2_000_000));
    await loud.closing;

    expect(await quiet.ask('still here')).toBe('text:still here');
    expect(closed).toEqual([[1006, expect.stringMatching(/big|size/i)]]);
  });

  it('queues for a peer that stops reading, then drops, and says when the peer caught up', async () => {
    const drained = promised();
    const onDrained = vi.fn(() => drained.fulfil());
    const { server, sockets } = await serving({ drained: onDrained });
    const client = await Client.open(server, '/echo/a');
    expect(await client.ask('x')).toBe('text:x');
    const socket = sockets[0]!;
    client.ws.pause();

    const results: string[] = [];
    while (results.at(-1) !== 'dropped' && results.length < 20_000)
      results.push(socket.send(`${results.length}`.padEnd(32_000, '.')));
    expect([...new Set(results)]).toEqual(['sent', 'queued', 'dropped']);
    expect(socket.bufferedBytes).toBeGreaterThan(0);
    expect(socket.bufferedBytes).toBeLessThan(256 * 1024 + 2 * 32_020);
    expect(onDrained).not.toHaveBeenCalled();

    client.ws.resume();
    await drained.promise;
    expect(socket.bufferedBytes).toBe(0);
    expect(socket.send('last')).toBe('sent');

    // All that was taken arrives, in order.
    for (let i = 0; i < results.length - 1; i++) expect((await client.next()).startsWith(`${i}.`)).toBe(true);
    expect(await client.next()).toBe('last');
    expect(onDrained).toHaveBeenCalledTimes(1);
  });

  it('closes with a code and a reason, tells it once, and shrugs at all that is asked of it afterwards', async () => {
    const { server, sockets, closed } = await serving();
    const client = await Client.open(server, '/echo/a');
    const reason = `bye ${'å'.repeat(100)}`;
    await client.ask('x');
    const socket = sockets[0]!;
    socket.close(4001, reason);
    socket.close(4002, 'again');

    expect(closed).toEqual([[4001, reason.slice(0, 63)]]);
    expect(socket.send('late')).toBe('dropped');
    expect(socket.bufferedBytes).toBe(0);
    expect(await client.closing).toEqual({ code: 4001, reason: reason.slice(0, 63) });
    expect(socket.send('later')).toBe('dropped');
    expect(closed).toHaveLength(1);
  });

  it('hears nothing more from a peer once it has closed the socket', async () => {
    const heard: string[] = [];
    const { server } = await serving({
      message: (socket, message) => {
        heard.push(message.toString());
        socket.close(1000, 'enough');
      },
    });
    const client = await Client.open(server, '/echo/a');
    client.ws.send('first');
    client.ws.send('second');
    await client.closing;
    expect(heard).toEqual(['first']);
  });

  it('tells the code of a peer that closes, and 1006 of one that vanishes', async () => {
    const closed = vi.fn<SocketRoute<Talk>['closed']>();
    const { server, sockets } = await serving({ closed });
    const polite = await Client.open(server, '/echo/polite');
    polite.ws.close(1000, 'done');
    await vi.waitUntil(() => closed.mock.calls.length === 1);
    const rude = await Client.open(server, '/echo/rude');
    rude.ws.terminate();
    await vi.waitUntil(() => closed.mock.calls.length === 2);

    expect(closed.mock.calls.map(([socket, code, reason]) => [socket.data.name, code, reason])).toEqual([
      ['polite', 1000, 'done'],
      ['rude', 1006, ''],
    ]);
    expect(sockets.map(socket => socket.send('late'))).toEqual(['dropped', 'dropped']);
  });

  it('keeps a socket whose handler threw, and closes with 1011 one that could not open', async () => {
    const { server, errors } = await serving({
      opened: socket => {
        if (socket.data.name === 'unlucky') throw new Error('opened');
      },
      message: (socket, message) => {
        if (message.toString() === 'bad') throw new Error('message');
        socket.send('good');
      },
    });
    const client = await Client.open(server, '/echo/lucky');
    client.ws.send('bad');
    expect(await client.ask('fine')).toBe('good');
    expect((await (await Client.open(server, '/echo/unlucky')).closing).code).toBe(1011);
    expect(errors).toEqual([new Error('message'), new Error('opened')]);
  });

  it('serves one socket while 200 others say nothing', async () => {
    const { server, sockets } = await serving();
    await Promise.all(Array.from({ length: 200 }, (_, i) => Client.open(server, `/echo/${i}`)));
    const client = await Client.open(server, '/echo/talker');

    expect(await client.ask('hello')).toBe('text:hello');
    expect(sockets).toHaveLength(201);
  });

  it('stops accepting without touching the sockets that are open', async () => {
    const { server } = await serving();
    const client = await Client.open(server, '/echo/a');
    server.stopAccepting();
    server.stopAccepting();
    await nextTurn();

    await expect(fetch(`http://127.0.0.1:${server.port}/health`)).rejects.toThrow();
    expect(await client.ask('still here')).toBe('text:still here');
  });

  it('closes every socket with 1001 and frees the port, however often it is told', async () => {
    const { server, closed } = await serving();
    const clients = [await Client.open(server, '/echo/a'), await Client.open(server, '/echo/b')];
    await Promise.all([server.close(), server.close()]);
    await server.close();
    server.stopAccepting();

    for (const client of clients) expect((await client.closing).code).toBe(1001);
    expect(closed.map(([code]) => code)).toEqual([1001, 1001]);
    const successor = owned(await listenOn(serverOptions({ port: server.port })));
    expect((await fetch(`http://127.0.0.1:${successor.port}/health`)).status).toBe(200);
  });

  it('says 1001 to the very socket whose message made it close', async () => {
    let stop = async () => {};
    const { server, closed } = await serving({ message: () => void stop() });
    stop = () => server.close();
    const client = await Client.open(server, '/echo/a');
    client.ws.send('stop');

    expect((await client.closing).code).toBe(1001);
    expect(closed).toEqual([[1001, 'Server closing']]);
  });

  it('refuses a route that it could not serve', async () => {
    const withRoute = (changes: Partial<SocketRoute<Talk>>) =>
      listenOn(serverOptions({ sockets: [echoRoute(changes).route] })).then(owned);
    await expect(withRoute({ idleTimeoutS: 7 })).rejects.toThrow('8 to 960');
    await expect(withRoute({ maxPayloadBytes: 0 })).rejects.toThrow('maxPayloadBytes');
    await expect(withRoute({ path: '/a/*' })).rejects.toThrow('wildcard');
  });
});
