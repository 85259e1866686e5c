import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { storyOf } from '../../src/replay/story.ts';
import { MemoryStore } from '../harness/memory-store.ts';
import { MovingCall } from '../harness/moving-call.ts';
import { WireServer } from '../harness/wire-server.ts';
import { noBrowser, openBrowser } from './browser.ts';
import { builtConsole } from './built-console.ts';
import { seriousFaults } from './serious-faults.ts';

const LIMIT_MS = 240_000;
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

let browser: Browser;
let pagesFolder: string;
let memory: MemoryStore;

beforeAll(async () => {
  if (noBrowser) return;
  pagesFolder = await builtConsole();
  browser = await openBrowser();
}, LIMIT_MS);
afterAll(() => browser?.close());
beforeEach(() => {
  memory = new MemoryStore();
});

/** One of the servers that share their records. */
async function startNode(node: string): Promise<WireServer> {
  const server = await WireServer.start({
    ...{ transport: 'ws', letterMs: 15, store: memory.asStore, env: { AYBIZA_NODE: node } },
    console: { pagesFolder, keptFlow: async () => orderStatus },
    // Callers who wait for a page are patient.
    delays: { silence: 600_000 },
  });
  onTestFinished(() => server.close());
  return server;
}

function begin(): MovingCall {
  const moving = new MovingCall(memory);
  onTestFinished(() => moving.hangUp());
  return moving;
}

async function look(url: string, viewport = DESK): Promise<Page> {
  const page = await browser.newPage({ viewport });
  onTestFinished(() => page.close());
  page.setDefaultTimeout(90_000);
  await page.goto(url);
  return page;
}

const transcript = (page: Page) => page.getByRole('log', { name: 'Transcript' });
const timeline = (page: Page) => page.getByRole('slider');
const lit = (page: Page, state: string) => page.locator(`.state.lit[data-state="${state}"]`);
const where = (page: Page, text: string) => page.locator('.page-head').getByText(text).waitFor();

describe.skipIf(noBrowser)('the pages of a call that moves', { timeout: LIMIT_MS }, () => {
  it('tell where it went, when and why, and show its states at any moment before and after', async () => {
    const [one, other] = [await startNode('cloud-1'), await startNode('cloud-2')];
    const moving = begin();
    await moving.listened();
    moving.decide('stay', 'The call stays at the edge, because it is not too much for it.');
    await moving.keys('1024#');
    await moving.reaches('floor.replying.speaking');
    await moving.handOff(one);

    const page = await look(`${one.url}/calls/${moving.callSid}`);
    await where(page, 'in the cloud on cloud-1');
    for (const text of [
      'The call begins at the edge and goes to the cloud',
      'The call stays at the edge, because',
      'The call is handed to the cloud, because',
      'Moved from edge iad to cloud-1 while the agent spoke',
    ])
      await transcript(page).getByText(text).waitFor();
    await expect.poll(() => page.locator('.call-move').count()).toBe(1);

    // The caller stays on the line while the node is taken for dead.
    await moving.listened();
    moving.say('help.');
    await moving.reaches('floor.replying.speaking');
    await page.getByRole('article').filter({ hasText: 'speaking' }).waitFor();
    await moving.die(one, other);
    await transcript(page).getByText('Picked up by cloud-2 after cloud-1 died').waitFor();
    await where(page, 'in the cloud on cloud-2');
    await page.getByRole('article').filter({ hasText: 'Cut off' }).waitFor();
    await page.getByRole('article').filter({ hasText: 'welcomes back' }).waitFor();
    await page.getByRole('button', { name: 'Hang up' }).waitFor({ state: 'detached' });
    await moving.listened();

    // From step to step, back over both moves.
    await page.getByRole('tab', { name: 'Call', exact: true }).click();
    await lit(page, 'call.live.placement.cloud').waitFor();
    await timeline(page).press('Home');
    await lit(page, 'call.live.placement.edge').waitFor();
    await where(page, 'at the edge (iad)');
    const seen = new Set<string>();
    for (let steps = 0; steps < 60; steps++) {
      seen.add((await page.locator('.call-where').innerText()).trim());
      await timeline(page).press('.');
      await page.evaluate('new Promise(requestAnimationFrame)');
    }
    expect([...seen].map(text => text.replace(/, a cloud.*/, ''))).toEqual(
      expect.arrayContaining(['at the edge (iad)', 'in the cloud on cloud-1', 'in the cloud on cloud-2']),
    );

    moving.hangUp();
    await page.locator('h1').getByText('hung up').waitFor();
    await page.getByRole('tab', { name: 'Timing' }).click();
    await expect.poll(() => page.locator('.call-bar-move').allInnerTexts()).toHaveLength(2);
    await page.getByRole('tab', { name: 'Log' }).click();
    for (const name of ['Events', 'Timers', 'Notes'])
      await page.getByRole('button', { name, exact: true }).click();
    await expect
      .poll(() => page.locator('.call-row .name').allInnerTexts())
      .toEqual([
        ...Array(3).fill('placement.decided'),
        ...['placement.handOff', 'call.moved', 'placement.taken', 'call.moved'],
      ]);
  });

  it('say of a recorded call what its replay says of it', async () => {
    const server = await startNode('cloud-1');
    const moving = begin();
    await moving.listened();
    await moving.handOff(server);
    await moving.converse('help.');
    moving.hangUp();
    const { outcome } = await memory.finished(moving.call.start.callId);
    const entries = await memory.events(moving.call.start.callId);
    const { places, strayTimers } = storyOf({ start: moving.call.start, outcome, entries }, orderStatus);
    expect(strayTimers).toBe(0);

    const page = await look(`${server.url}/calls/${moving.callSid}`, PHONE);
    for (const { text } of places) await transcript(page).getByText(text).waitFor();
    expect(places.at(-1)?.text).toBe('Moved from edge iad to cloud-1');
    for (const tab of ['Transcript', 'Timing', 'Log']) {
      await page.getByRole('tab', { name: tab }).click();
      expect(await seriousFaults(page), tab).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth'), tab).toBe(PHONE.width);
    }
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('tab', { name: 'Transcript' }).click();
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('let nobody listen in vain when the node drains: they hear where the call goes on', async () => {
    const [one, other] = [await startNode('cloud-1'), await startNode('cloud-2')];
    const moving = begin();
    await moving.listened();
    await moving.handOff(one);
    const page = await look(`${one.url}/calls/${moving.callSid}`);
    await page.getByRole('button', { name: 'Listen in' }).click();
    await page.getByRole('button', { name: 'Listening' }).waitFor();

    const released = await moving.drain(one);
    await page.getByText('It runs on another node').waitFor();
    expect(await page.locator('h1').getByText('Live').count()).toBe(1);
    await released.goOn(other);
    await page.getByText('The call goes on at cloud-2. You do not hear it any more.').waitFor();
    await transcript(page).getByText('Handed over to cloud-2: cloud-1 drains').waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.getByText('The call has ended').count()).toBe(0);
  });

  it('list it where it runs, once, with what it was before; and not where it is no more', async () => {
    const [one, other] = [await startNode('cloud-1'), await startNode('cloud-2')];
    const [here, there] = [await look(`${one.url}/calls`), await look(`${other.url}/calls`)];
    await here.getByText('No call is live').waitFor();
    const moving = begin();
    await moving.listened();
    await moving.keys('1024#');
    await moving.handOff(one);
    await moving.listened();
    const row = (page: Page) => page.locator(`[data-call="${moving.callSid}"]`);
    await row(here).getByText('from edge iad').waitFor();
    const response = row(here).locator('.c-response');
    await expect.poll(() => response.innerText()).toMatch(/\d+ ms/);

    // It leaves and comes back at once, as when another node was found not to take it.
    await (await moving.drain(one)).goOn(one);
    const before = await row(here).locator('.c-state').innerText();
    moving.say('help.');
    await expect.poll(() => row(here).locator('.c-state').innerText()).not.toBe(before);
    expect(await row(here).count()).toBe(1);
    await expect.poll(() => response.innerText()).toMatch(/\d+ ms/);
    await here.getByPlaceholder('Number, agent, flow, node').fill('iad');
    expect(await row(here).count()).toBe(1);

    await (await moving.drain(one)).goOn(other);
    await row(there).getByText('from cloud-1').waitFor();
    expect(await row(there).count()).toBe(1);
    await here.getByText('No call is live').waitFor();
    await here.getByRole('tab', { name: 'Ended' }).click();
    await here.getByText('No call has ended').waitFor();
    expect(await here.locator(`a[href="/calls/${moving.callSid}"]`).count()).toBe(0);
  });
});
