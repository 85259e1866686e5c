import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noBrowser, openBrowser } from './browser.ts';
import { builtConsole, compressedBytes } from './built-console.ts';
import { rowOf } from './scripted-calls.ts';
import { ScriptedConsole } from './scripted-console.ts';
import { seriousFaults } from './serious-faults.ts';

const FIRST_LOAD_LIMIT_BYTES = 300 * 1024;

let pagesFolder: string;
beforeAll(async () => {
  pagesFolder = await builtConsole();
});

it('are all together smaller than a first load may be', async () => {
  const bytes = await compressedBytes(pagesFolder);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(FIRST_LOAD_LIMIT_BYTES);
});

describe.skipIf(noBrowser)('in a browser', () => {
  let server: ScriptedConsole;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    server = new ScriptedConsole(pagesFolder);
    server.calls = Array.from({ length: 20 }, (_, number) => rowOf(number, Date.now()));
    url = await server.listen();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const PAGES = [
    { path: '/', ready: 'Call your agent' },
    { path: '/calls', ready: '+12025550001' },
    { path: '/calls?tab=ended', ready: 'From' },
    { path: '/flows', ready: 'order-status' },
    { path: '/flows/order-status', ready: 'Mend it' },
    { path: '/flows/order-status?tab=coverage&coverage=1', ready: 'Never come through' },
    { path: '/flows/order-status?tab=versions', ready: 'In force' },
    { path: '/login', ready: 'API key of this server' },
  ];

  it.each([
    [1440, 900],
    [390, 844],
  ])(
    'have no serious fault that axe finds, %i px wide, light or dark, and ask nobody else for anything',
    {
      timeout: 90_000,
    },
    async (width, height) => {
      const page = await browser.newPage({ viewport: { width, height } });
      const strangers: string[] = [];
      const broken: string[] = [];
      page.on('request', request => {
        if (!request.url().startsWith(url)) strangers.push(request.url());
      });
      page.on('pageerror', error => broken.push(error.message));
      for (const { path, ready } of PAGES) {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.goto(url + path);
        await page.getByText(ready).first().waitFor();
        expect({ path, faults: await seriousFaults(page) }).toEqual({ path, faults: [] });
        expect({ path, overflow: await overflowPx(page) }).toEqual({ path, overflow: 0 });
        await page.emulateMedia({ colorScheme: 'dark' });
        await page.locator('html[data-theme=dark]').waitFor();
        expect({ path, faults: await seriousFaults(page, 'colours') }).toEqual({ path, faults: [] });
      }
      expect(strangers).toEqual([]);
      expect(broken).toEqual([]);
      await page.close();
    },
  );

  it('break no rule of their own content policy', async () => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
    for (const { path, ready } of PAGES) {
      await page.goto(url + path);
      await page.getByText(ready).first().waitFor();
    }
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('ask for the key, say what is wrong with it, and lead back to where one was going', async () => {
    server.needsKey = true;
    const page = await browser.newPage();
    await page.goto(`${url}/flows/order-status`);
    await page.waitForURL(/\/login\?next=/);
    await page.getByLabel('API key').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('not the key').waitFor();
    await page.getByLabel('API key').fill('the-key-of-this-test');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${url}/flows/order-status`);
    await page.getByText('Mend it').first().waitFor();
    server.needsKey = false;
    await page.close();
  });

  it('tell flows that no caller is given from those in force', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/flows`);
    const card = (name: string) => page.getByRole('listitem').filter({ hasText: name });
    await card('appointment-booking').getByText('Not in force').waitFor();
    expect(await card('order-status').getByText('Not in force').count()).toBe(0);
    await page.close();
  });

  it('paint the calls that are live, and those that come, into the picture of their flow', async () => {
    const page = await browser.newPage();
    await page.goto(`${url}/flows/order-status`);
    const tally = page.locator('.tally').filter({ hasText: 'orderFound' });
    await page.locator('.tally').first().waitFor();
    const inForce = server.calls.filter(
      ({ flow, flowState }) => flow === 'order-status' && flowState === 'answering.orderFound',
    ).length;
    expect(inForce).toBe(0);
    server.tell([{ ...rowOf(900), flow: 'order-status', flowState: 'answering.orderFound' }]);
    await tally.waitFor();
    await expect.poll(() => tally.locator('text').innerHTML()).toBe('1');
    await page.close();
  });
});

/** How far the page is wider than its window: nobody should have to push it sideways. */
function overflowPx(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
