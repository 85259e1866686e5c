import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRow } from '../../src/console/protocol.ts';
import { noBrowser, openBrowser } from './browser.ts';
import { builtConsole } from './built-console.ts';
import { moved, rowOf } from './scripted-calls.ts';
import { ScriptedConsole } from './scripted-console.ts';

const CALLS = 1_000;
const MESSAGES = 300;
/** More than a window of 900 pixels shows. */
const WINDOW_ROWS = 40;

interface Drawing {
  rows: number;
  /** Counted from 1 within a frame. */
  inFrame: number;
}

const RECORD_DRAWINGS = `(() => {
  const drawings = [];
  let inFrame = 0;
  const nextFrame = () => {
    inFrame = 0;
    requestAnimationFrame(nextFrame);
  };
  requestAnimationFrame(nextFrame);
  const rowOf = node => (node instanceof Element ? node : node.parentElement)?.closest('.call-row');
  new MutationObserver(changes => {
    const rows = new Set(changes.map(({ target }) => rowOf(target)).filter(Boolean));
    if (rows.size > 0) drawings.push({ rows: rows.size, inFrame: ++inFrame });
  }).observe(document.querySelector('[role="grid"]'), {
    ...{ subtree: true, childList: true, characterData: true, attributes: true },
  });
  return drawings;
})()`;

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

  it('draws the rows of the window alone, and once a frame, however many calls change and however often it is told', async () => {
    const page = await openList();
    const drawings = await page.evaluateHandle<Drawing[]>(RECORD_DRAWINGS);
    server.tell(server.calls.map(row => moved(row, 1)));
    const number = await page.locator('.call-row').first().getAttribute('data-call');
    const first = server.calls.find(({ callSid }) => callSid === number) as CallRow;
    for (let beat = 1; beat <= MESSAGES; beat++) server.tell([moved(first, beat)]);
    server.tell([{ ...first, direction: 'inbound', from: 'the last word' }]);
    await page.getByText('the last word').waitFor();

    const drawn = await drawings.jsonValue();
    // The durations, too, are drawn, once a second.
    expect(Math.max(...drawn.map(({ rows }) => rows))).toBeLessThan(WINDOW_ROWS);
    expect(Math.max(...drawn.map(({ inFrame }) => inFrame))).toBeLessThanOrEqual(2);
    expect(drawn.length).toBeLessThan(MESSAGES);
    await page.close();
  });

  it('keeps only the rows of the window in the page, from the first to the last', async () => {
    const page = await openList();
    expect(await page.locator('.call-row').count()).toBeLessThan(WINDOW_ROWS);
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.locator(`[aria-rowindex="${CALLS + 1}"][aria-selected="true"]`).waitFor();
    await expect.poll(() => page.locator('.call-row').count()).toBeLessThan(WINDOW_ROWS);

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
