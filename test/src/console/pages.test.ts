import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { matchPath } from '../../../runtime/cloud/routes.ts';
import { pageRoutes } from '../../../src/console/pages.ts';
import { httpRequest } from '../telephony/http-request.ts';

const SCRIPT = `console.log(${JSON.stringify('calls '.repeat(500))});`;

async function site(files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'pages-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'assets'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const routes = pageRoutes(folder);
  async function get(path: string, headers: Record<string, string> = {}) {
    for (const route of routes) {
      const params = matchPath(route.path.split('/'), path);
      if (params) return route.handle(httpRequest({ path, params, headers }));
    }
    return null;
  }
  return { get, folder };
}

const built = {
  'index.html': '<!doctype html><title>aybiza</title>',
  'mark.svg': '<svg/>',
  'assets/main-1a.js': SCRIPT,
};

describe('the pages', () => {
  it('are one file for every page, asked for anew each time, that may run nothing inline', async () => {
    const { get } = await site(built);
    for (const path of ['/', '/calls', '/calls/CA1', '/flows', '/flows/order-status', '/login']) {
      const page = await get(path);
      expect(page).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } });
      expect(String(page?.body)).toContain('<title>aybiza');
      expect(page?.headers?.['content-security-policy']).toMatch(/^default-src 'self';/);
    }
    expect(await get('/mark.svg')).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } });
    expect(await get('/nowhere')).toBeNull();
  });

  it('bring assets that stay in caches, compressed as the browser can take them', async () => {
    const { get } = await site(built);
    const ask = (encoding: string) => get('/assets/main-1a.js', { 'accept-encoding': encoding });
    const plain = await ask('identity');
    expect(plain?.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(String(plain?.body)).toBe(SCRIPT);
    const brotli = await ask('gzip, deflate, br');
    expect(brotli?.headers?.['content-encoding']).toBe('br');
    expect(String(brotliDecompressSync(brotli?.body as Buffer))).toBe(SCRIPT);
    const gzip = await ask('gzip;q=1.0, br;q=0');
    expect(gzip?.headers?.['content-encoding']).toBe('gzip');
    expect(String(gunzipSync(gzip?.body as Buffer))).toBe(SCRIPT);
    const known = await get('/assets/main-1a.js', { 'if-none-match': plain?.headers?.etag ?? '' });
    expect(known).toMatchObject({ status: 304 });
    expect(known?.body).toBeUndefined();
  });

  it('give nothing that lies beside them', async () => {
    const { get, folder } = await site(built);
    await writeFile(join(folder, '..', 'secret.txt'), 'secret');
    for (const file of ['..', '../../secret.txt', '..\\secret.txt', '.env', 'main-1a.js/..', 'missing.js'])
      expect((await get(`/assets/${encodeURIComponent(file)}`))?.status, file).toBe(404);
    await rm(join(folder, '..', 'secret.txt'));
  });

  it('say what to do when they have not been built, and are there once they have', async () => {
    const { get, folder } = await site({});
    expect(await get('/')).toMatchObject({ status: 503, body: expect.stringContaining('npm run build') });
    await writeFile(join(folder, 'index.html'), built['index.html']);
    expect((await get('/'))?.status).toBe(200);
  });
});
