import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { HttpRequest } from '../../runtime/cloud/transport.ts';
import { pageRoutes } from '../../src/console/pages.ts';

/**
 * The pages of this test's build, by the product's own routes, before a server that was started without one: everything
 * under /api goes through, WebSockets too.
 */
export async function proxyPages(folder: string, serverUrl: string) {
  const routes = pageRoutes(folder);
  const { hostname, port } = new URL(serverUrl);
  const tunnels = new Set<Socket>();

  async function page(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', serverUrl);
    const file = /^\/assets\/([^/]+)$/.exec(pathname)?.[1];
    const route = routes.find(({ path }) => path === (file ? '/assets/:file' : '/'))!;
    const answer = await route.handle({
      method: 'GET',
      path: pathname,
      params: { file: file ?? '' },
      query: '',
      headers: request.headers,
      body: Buffer.alloc(0),
    } as unknown as HttpRequest);
    response.writeHead(answer.status, { ...answer.headers });
    response.end(answer.body);
  }

  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/api/')) return void page(request, response);
    const { method, url: path, headers } = request;
    const onward = forward({ hostname, port, method, path, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('upgrade', (request, near: Socket, head) => {
    const far = connect(Number(port), hostname, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2)
        lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      far.write(`${lines.join('\r\n')}\r\n\r\n`);
      far.write(head);
      near.pipe(far).pipe(near);
    });
    for (const end of [near, far]) {
      tunnels.add(end);
      end.on('error', () => {
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      for (const tunnel of tunnels) tunnel.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
