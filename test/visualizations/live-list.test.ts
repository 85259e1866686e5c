import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noBrowser, openBrowser } from './browser.ts';
import { builtConsole } from './built-console.ts';
import { scriptPerFrame } from './script-per-frame.ts';
import { moved, rowOf } from './scripted-calls.ts';
import { ScriptedConsole } from './scripted-console.ts';

const CALLS = 1_000;
const FRAME_BUDGET_MS = 16;

describe.skipIf(noBrowser)(`a list of ${CALLS} live calls`, () => {
  let pagesFolder: string;
  let server: ScriptedConsole;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    pagesFolder = await builtConsole();
    server = new ScriptedConsole(pagesFolder);
    url = await server.listen();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function openList(query = ''): Promise<Page> {
    server.calls = Array.from({ length: CALLS }, (_, number) => rowOf(number, Date.now()));
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${url}/calls${query}`);
    await page.locator('.call-row').first().waitFor();
    return page;
  }

  it(`takes under ${FRAME_BUDGET_MS} ms of script a frame while half of them change four times a second`, async () => {
    const page = await openList();
    await page.mouse.move(700, 500);
    const frames = await scriptPerFrame(browser, page, async () => {
      for (let beat = 1; beat <= 16; beat++) {
        const changed = server.calls
          .filter((_, index) => index % 2 === beat % 2)
          .map(row => moved(row, beat));
        server.tell(changed, [server.calls[beat]!.callSid]);
        // A person looks through them meanwhile.
        await page.mouse.wheel(0, beat % 4 === 0 ? -900 : 400);
        await page.waitForTimeout(250);
      }
    });
    frames.sort((a, b) => b - a);
    expect(frames.length).toBeGreaterThan(20);
    expect(frames[0]).toBeGreaterThan(0);
    expect(frames[0]).toBeLessThan(FRAME_BUDGET_MS);
    await page.close();
  });

  it('keeps only the rows of the window in the page, from the first to the last', async () => {
    const page = await openList();
    expect(await page.locator('.call-row').count()).toBeLessThan(40);
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.locator(`[aria-rowindex="${CALLS + 1}"][aria-selected="true"]`).waitFor();
    await expect.poll(() => page.locator('.call-row').count()).toBeLessThan(40);

    await page.keyboard.press('ArrowUp');
    const chosen = await page
      .locator(`[aria-rowindex="${CALLS}"][aria-selected="true"]`)
      .getAttribute('data-call');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${url}/calls/${chosen}`);
    await page.close();
  });

  it('narrows by what is typed after “/”, by state and by slowness, and the address keeps it', async () => {
    const page = await openList();
    await page.keyboard.press('/');
    await page.keyboard.type('2025550042');
    await page.locator('.call-count').getByText('1 of 1,000').waitFor();

    const narrowed = await openList('?slow=1&state=floor.replying.speaking');
    const shown = async () => Number((await narrowed.locator('.call-count').innerText()).split(' of ')[0]);
    const rows = server.calls.filter(
      call => call.state === 'floor.replying.speaking' && (call.responseMs ?? 0) > 1_200,
    );
    await expect.poll(shown).toBe(rows.length);
    await page.close();
    await narrowed.close();
  });

  it('says that it is old while the server is away, and is whole again afterwards', async () => {
    const page = await openList();
    server.calls = server.calls.slice(0, 7);
    server.drop();
    await page.getByText('what you see is as it was').waitFor();
    await page.getByRole('tab', { name: /Live\s*7/ }).waitFor();
    await page.getByText('what you see is as it was').waitFor({ state: 'hidden' });
    await page.close();
  });
});
