import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { HttpRequest, HttpResponse, HttpRoute } from '../../runtime/cloud/transport.ts';
import { PAGE_POLICY } from '../api/security-headers.ts';
import { Asset } from './asset.ts';

/** What the pages' own router shows; the server answers each with the same file. */
const PAGES = ['/', '/calls', '/calls/:callSid', '/flows', '/flows/:name', '/login'];

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
};
/** The name of a built asset holds the hash of its content. */
const FOR_EVER = { 'cache-control': 'public, max-age=31536000, immutable' };
const ASK_EACH_TIME = { 'cache-control': 'no-cache' };

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>aybiza</title>
<h1>The console is not built</h1>
<p>The server answers calls, but its pages are not there. Run <code>npm run build</code> in the product's folder, then
load this page again. The API works without them: <a href="/api/calls">/api/calls</a>.</p>
</html>
`;

/**
 * The console's pages as Vite has built them into `folder`. They hold no data: whoever loads them still has to be let in by
 * the API, and the page to log in has to come first.
 */
export function pageRoutes(folder: string): HttpRoute[] {
  const assets = new Map<string, Promise<Asset | null>>();

  /** Kept in memory; a file that is not there is looked for again. */
  function assetOf(file: string): Promise<Asset | null> {
    const asset = assets.get(file) ?? load(join(folder, file));
    assets.set(file, asset);
    void asset.then(found => found ?? assets.delete(file));
    return asset;
  }

  async function page(request: HttpRequest): Promise<HttpResponse> {
    const headers = { ...ASK_EACH_TIME, 'content-security-policy': PAGE_POLICY };
    // Read each time: a build under way replaces it.
    const index = await load(join(folder, 'index.html'));
    if (index) return index.answer(request, headers);
    return { status: 503, headers: { ...headers, 'content-type': TYPES['.html']! }, body: NOT_BUILT };
  }

  async function asset(request: HttpRequest): Promise<HttpResponse> {
    const { file = '' } = request.params;
    const found = /^[\w-][\w.-]*$/.test(file) ? await assetOf(join('assets', file)) : null;
    if (found) return found.answer(request, FOR_EVER);
    return { status: 404, headers: { ...ASK_EACH_TIME, 'content-type': TYPES['.txt']! }, body: 'Not found.' };
  }

  async function file(request: HttpRequest): Promise<HttpResponse> {
    const found = await assetOf(request.path.slice(1));
    return found ? found.answer(request, ASK_EACH_TIME) : { status: 404 };
  }

  const get = (path: string, handle: HttpRoute['handle']): HttpRoute => ({ method: 'GET', path, handle });
  return [
    ...PAGES.map(path => get(path, page)),
    get('/assets/:file', asset),
    ...filesBeside(folder).map(name => get(`/${name}`, file)),
  ];
}

async function load(file: string): Promise<Asset | null> {
  const bytes = await readFile(file).catch(() => null);
  return bytes && new Asset(bytes, TYPES[extname(file)] ?? 'application/octet-stream');
}

/** Icons and the like, which are named in other places than the pages. */
function filesBeside(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name !== 'index.html' && /^[\w-][\w.-]*$/.test(entry.name))
    .map(({ name }) => name);
}
