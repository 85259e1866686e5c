import type { Page } from 'playwright-core';
import type { HttpRequest } from '../../runtime/cloud/transport.ts';
import { pageRoutes } from '../../src/console/pages.ts';

/**
 * Gives one page the build of this test, by the product's own routes; all else goes to the server. Audio worklets are
 * fetched past it: see `proxyPages`.
 */
export async function servePages(page: Page, folder: string): Promise<void> {
  const routes = pageRoutes(folder);
  await page.route(/./, async route => {
    const { pathname } = new URL(route.request().url());
    if (pathname.startsWith('/api/')) return route.continue();

    const file = /^\/assets\/([^/]+)$/.exec(pathname)?.[1];
    const found = routes.find(({ path }) => path === (file ? '/assets/:file' : '/'))!;
    const answer = await found.handle({
      method: 'GET',
      path: pathname,
      params: { file: file ?? '' },
      query: '',
      headers: {},
      body: Buffer.alloc(0),
    } as unknown as HttpRequest);
    return route.fulfill({
      status: answer.status,
      headers: answer.headers ?? {},
      body: Buffer.from((answer.body ?? '') as Buffer),
    });
  });
}
