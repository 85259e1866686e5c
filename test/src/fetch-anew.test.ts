import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { fetchAnew } from '../../src/fetch-anew.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nhere';

let server: Server;
afterEach(() => new Promise(resolve => server.close(resolve)));

/** Closes so many connections without an answer when a request has come, and answers on the others. */
async function serve(closing: number): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  server = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', request => {
      requests.push(String(request).split(' ')[0] as string);
      if (requests.length <= closing) socket.destroy();
      else socket.end(ANSWER);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, requests };
}

const post: RequestInit = { method: 'POST', body: 'CallSid=CA1' };

it('asks once more where the connection was closed before an answer came', async () => {
  const { url, requests } = await serve(1);
  expect(await (await fetchAnew(url, post)).text()).toBe('here');
  expect(requests).toEqual(['POST', 'POST']);
});

it('gives up where it is closed again, and at once where nobody listens or time is over', async () => {
  const { url, requests } = await serve(9);
  await expect(fetchAnew(url, post)).rejects.toThrow('fetch failed');
  expect(requests).toHaveLength(2);
  const signal = AbortSignal.abort(new Error('time is over'));
  await expect(fetchAnew(url, { ...post, signal })).rejects.toThrow('time is over');
  expect(requests).toHaveLength(2);
});
