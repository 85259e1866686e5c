import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { WireCaller } from '../harness/wire-caller.ts';
import { WireServer } from '../harness/wire-server.ts';
import { noBrowser, openBrowser } from './browser.ts';
import { builtConsole } from './built-console.ts';

const LIMIT_MS = 120_000;
/** As Stately's page does: asks its opener for what happens, and keeps what it is handed. */
const STAND_IN = `<!doctype html><title>Inspector</title><script>
  window.taken = [];
  window.addEventListener('message', ({ data }) => window.taken.push(data));
  window.opener.postMessage({ type: '@statelyai.connected' }, '*');
</script>`;

let browser: Browser;
let pagesFolder: string;

beforeAll(async () => {
  if (noBrowser) return;
  pagesFolder = await builtConsole();
  browser = await openBrowser();
}, LIMIT_MS);

afterAll(async () => {
  await browser?.close();
});

describe.skipIf(noBrowser)('the button that inspects a call', { timeout: LIMIT_MS }, () => {
  it('opens the inspector, hands it the chart and what happens, and never what people say', async () => {
    const pages = { pagesFolder, keptFlow: async () => orderStatus };
    const server = await WireServer.start({ transport: 'ws', letterMs: 15, console: pages });
    const context = await browser.newContext();
    try {
      await context.route('https://stately.ai/**', route =>
        route.fulfill({ contentType: 'text/html', body: STAND_IN }),
      );
      const caller = await WireCaller.place(server);
      await caller.listened();
      const page = await context.newPage();
      await page.goto(`${server.url}/calls/${caller.call.start.callSid}`);
      await page.getByRole('button', { name: 'Inspect' }).click();
      const opened = context.waitForEvent('page');
      await page.getByRole('button', { name: 'Open the inspector' }).click();
      const inspector = await opened;
      const taken = () =>
        inspector.evaluate('window.taken') as Promise<{ type: string; event?: { type: string } }[]>;
      await expect
        .poll(async () => (await taken()).map(({ type }) => type), { timeout: 30_000 })
        .toContain('@xstate.actor');

      await caller.say('so when are you open then.');
      await expect
        .poll(async () => (await taken()).map(({ event }) => event?.type), { timeout: 30_000 })
        .toContain('caller.finished');
      expect(JSON.stringify(await taken())).not.toContain('open then');
      await expect
        .poll(() => page.getByRole('status').allTextContents(), { timeout: 30_000 })
        .toContainEqual(expect.stringMatching(/\d+ frames shown/));
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    } finally {
      await context.close();
      await server.close();
    }
  });
});
