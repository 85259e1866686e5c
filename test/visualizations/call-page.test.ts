import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { orderStatus } from '../../machines/flows/order-status.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { LogEntry } from '../../runtime/journal.ts';
import { writeStereoWav } from '../../src/caller/wav.ts';
import { Recordings } from '../../src/recordings/recordings.ts';
import { quietLog } from '../harness/sim-call.ts';
import { WireCaller } from '../harness/wire-caller.ts';
import { WireServer } from '../harness/wire-server.ts';
import { atRest, noBrowser, openBrowser } from './browser.ts';
import { builtConsole } from './built-console.ts';
import { seriousFaults } from './serious-faults.ts';

const LIMIT_MS = 120_000;
const LETTER_MS = 15;
const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

let browser: Browser;
let pagesFolder: string;
/** All calls are its own, unless a test says otherwise: it draws a chart once. */
let server: WireServer;
let closeServer: () => Promise<void>;

beforeAll(async () => {
  if (noBrowser) return;
  pagesFolder = await builtConsole();
  browser = await openBrowser();
  ({ server, close: closeServer } = await startServer());
}, LIMIT_MS);

afterAll(async () => {
  await browser?.close();
  await closeServer?.();
});

/** A real server that keeps audio; its ears and voice are scripted. */
async function startServer(env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'aybiza-call-page-'));
  const recordings = await Recordings.open({
    folder,
    clock: systemClock,
    log: quietLog,
    days: 1,
    isRecorded: () => true,
  });
  // An audio worklet is fetched past whatever a browser is told to intercept: the server has this test's build.
  const pages = { pagesFolder, keptFlow: async () => orderStatus };
  const server = await WireServer.start({
    ...{ transport: 'ws', letterMs: LETTER_MS },
    ...{ recordings, env, console: pages, delays: { silence: LIMIT_MS } },
  });
  const close = async () => {
    await server.close();
    await recordings.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { server, close };
}

async function place(): Promise<WireCaller> {
  const caller = await WireCaller.place(server);
  onTestFinished(async () => {
    if (!caller.phone.end) await caller.phone.hangUp();
  });
  return caller;
}

async function look(callSid: string, viewport = DESK, { url } = server): Promise<Page> {
  const page = await browser.newPage({ viewport });
  onTestFinished(() => page.close());
  page.setDefaultTimeout(30_000);
  await page.goto(`${url}/calls/${callSid}`);
  return page;
}

const transcript = (page: Page) => page.getByRole('log', { name: 'Transcript' });
const timeline = (page: Page) => page.getByRole('slider');
const lit = (page: Page, state: string) => page.locator(`.state.lit[data-state="${state}"]`);

/** Where the page is in the call. What was just done to it is drawn, and told, in its next frame. */
async function seconds(page: Page): Promise<number> {
  await atRest(page);
  return Number(await timeline(page).getAttribute('aria-valuenow'));
}

/** Whether sound is drawn in each track's picture: silence is drawn faintly. */
function inkOfWaves(page: Page): Promise<boolean[]> {
  return page.evaluate(`[...document.querySelectorAll('canvas')].map(canvas => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, Math.max(1, canvas.width), canvas.height);
    return data.some((value, at) => at % 4 === 3 && value > 200);
  })`);
}

/** A call of a greeting, digits, a tool, an answer that is cut off, and a goodbye. */
async function interruptedCall(): Promise<WireCaller> {
  const caller = await place();
  await caller.listened();
  await caller.converseByKeys('1024#');
  await caller.say('when are you open.');
  await caller.reaches('floor.replying.speaking');
  await caller.say('when are you open.');
  return caller;
}

describe.skipIf(noBrowser)('the page of a call', { timeout: LIMIT_MS }, () => {
  it('grows with a live call: words, what was done about them, and what was never heard', async () => {
    const caller = await place();
    const page = await look(caller.phone.callSid);
    await page.locator('h1').getByText('Live').waitFor();
    await transcript(page).getByText('Thanks for calling Acme.').waitFor();

    await caller.listened();
    await lit(page, 'orderStatus.takingNumber.greeting').waitFor();
    await caller.converseByKeys('1024#');
    const answer = page.getByRole('article').filter({ hasText: '1024' }).first();
    await answer.getByText('keyed').waitFor();
    await answer.locator('summary').filter({ hasText: 'lookUpOrder' }).click();
    expect(JSON.parse(await answer.locator('dd pre').first().innerText())).toEqual({ orderNumber: '1024' });
    expect(JSON.parse(await answer.locator('dd pre').nth(1).innerText())).toMatchObject({ found: true });

    await caller.say('when are you open.');
    await caller.reaches('floor.replying.speaking');
    await caller.say('when are you open.');
    const cutOff = page.getByRole('article').filter({ hasText: 'Interrupted' });
    await cutOff.getByText('not heard').waitFor();
    const unheard = (await cutOff.locator('s').allInnerTexts()).join(' ');
    const said = caller.call.record.turns().find(({ agent }) => agent.interrupted)!.agent;
    expect(unheard).not.toBe('');
    expect(said.generated.endsWith(unheard)).toBe(true);
    expect(said.heard).not.toContain(unheard);
  });

  it('goes back by keyboard, and shows charts, facts and words as they were, until it is told to go on', async () => {
    const caller = await interruptedCall();
    const page = await look(caller.phone.callSid);
    await caller.listened();
    await page.getByRole('tab', { name: 'Call', exact: true }).click();
    await lit(page, 'call.live.floor.listening.quiet').waitFor();

    await timeline(page).focus();
    await page.keyboard.press('Home');
    await lit(page, 'call.live.floor.replying.greeting')
      .or(lit(page, 'call.live.floor.replying.thinking'))
      .first()
      .waitFor();
    expect(await seconds(page)).toBe(0);
    await page.getByRole('region', { name: 'Later in the call' }).getByText('1024').first().waitFor();
    await page.getByRole('tab', { name: 'Facts' }).click();
    await page.getByText('None so far.').waitFor();

    // From step to step, to where the number is known.
    for (let steps = 0; steps < 60 && (await page.getByText('None so far.').isVisible()); steps++) {
      await timeline(page).press('.');
      await page.evaluate('new Promise(requestAnimationFrame)');
    }
    await page.locator('dd.strong').filter({ hasText: '1024' }).waitFor();
    const { atMs } = caller.call.record.turns().find(({ caller: said }) => said?.by === 'keypad')!;
    expect(await seconds(page)).toBeGreaterThanOrEqual(Math.floor(atMs / 1_000));

    await timeline(page).press('ArrowLeft');
    await page.getByText('None so far.').waitFor();
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await lit(page, 'call.live.floor.listening.quiet').waitFor();
  });

  it('becomes the record when the call ends, without a reload, and keeps the place', async () => {
    const caller = await interruptedCall();
    const page = await look(caller.phone.callSid);
    await page.getByRole('button', { name: 'Hang up' }).waitFor();
    await page.evaluate(() => Object.assign(globalThis, { isTheSamePage: true }));
    await timeline(page).press('Home');
    await timeline(page).press('ArrowRight');
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.getByLabel('Find in the log').fill('lookUpOrder');
    await page.locator('.call-row').filter({ hasText: 'reply.requestedTools' }).first().click();
    const entry = page.getByRole('region', { name: /^Entry/ });
    await entry.getByText('"lookUpOrder"').waitFor();
    const { atMs } = JSON.parse(await entry.locator('pre').innerText()) as LogEntry;
    const place = Math.round(atMs / 100) / 10;
    expect(await seconds(page)).toBe(place);

    await page.getByRole('button', { name: 'Hang up' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Let the agent say goodbye first').uncheck();
    await dialog.getByRole('button', { name: 'Hang up' }).click();
    const { outcome } = await caller.summary();
    await page.locator('h1').getByText(outcome).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Hang up' }).count()).toBe(0);
    expect(await seconds(page)).toBe(place);
    expect(await page.getByLabel('Find in the log').inputValue()).toBe('lookUpOrder');
    expect(await page.evaluate(() => 'isTheSamePage' in globalThis)).toBe(true);

    // Whoever comes later sees the same call.
    const later = await look(caller.phone.callSid);
    await later.locator('h1').getByText(outcome).waitFor();
    await transcript(later).getByText('A supervisor ended the call').waitFor();
  });

  it('plays both tracks of a recorded call along its timeline', async () => {
    const caller = await interruptedCall();
    await caller.listened();
    await caller.phone.hangUp();
    await caller.summary();
    const page = await look(caller.phone.callSid);
    await expect.poll(() => inkOfWaves(page)).toEqual([true, true]);

    await timeline(page).press('Home');
    const tracks = Promise.all(
      ['caller', 'agent'].map(track =>
        page.waitForResponse(found => found.url().includes(`audio?track=${track}`)),
      ),
    );
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    for (const answer of await tracks) expect(answer.status()).toBe(206);
    await expect.poll(() => seconds(page)).toBeGreaterThan(0.5);
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('lets a supervisor have something said, and those who may only look do nothing', async () => {
    const caller = await place();
    const page = await look(caller.phone.callSid);
    await caller.listened();
    await page.getByRole('button', { name: 'Listen in' }).click();
    await page.getByRole('button', { name: 'Listening' }).waitFor();
    await page.getByRole('button', { name: 'Whisper' }).click();
    await page.getByLabel('What the agent should know or say').fill('The depot is closed today.');
    await page.getByLabel(/^Say it/).check();
    await page.getByRole('button', { name: 'Have it said' }).click();
    await transcript(page).getByText('A supervisor has the agent say').waitFor();
    await page
      .getByRole('article')
      .filter({ hasText: 'said for a supervisor' })
      .getByText('The depot is closed')
      .waitFor();

    const { server: guarded, close } = await startServer({ CONSOLE_READ_ONLY: 'on' });
    onTestFinished(close);
    const other = await WireCaller.place(guarded);
    const onlooker = await look(other.phone.callSid, DESK, guarded);
    await transcript(onlooker).getByText('Thanks for calling Acme.').waitFor();
    expect(await onlooker.getByRole('button', { name: 'Hang up' }).count()).toBe(0);
  });

  it('puts a supervisor in the agent’s place, with their microphone, and the agent back in it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aybiza-supervisor-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const hum = Int16Array.from({ length: 80_000 }, (_, at) => 9_000 * Math.sin(at / 4));
    writeFileSync(join(folder, 'hum.wav'), writeStereoWav(hum, hum));
    const own = await openBrowser({ microphone: join(folder, 'hum.wav') });
    onTestFinished(() => own.close());
    const caller = await place();
    await caller.listened();
    const page = await own.newPage({ viewport: DESK });
    await page.goto(`${server.url}/calls/${caller.phone.callSid}`);

    await page.getByRole('button', { name: 'Take over' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Take over' }).click();
    await page.locator('h1').getByText('A person speaks for the agent').waitFor();
    await page.getByRole('button', { name: 'You speak' }).waitFor();
    expect(caller.state).toBe('floor.takenOver.attended');
    const loudness = async () => {
      const { body } = await server.getJson(
        `/api/calls/${caller.phone.callSid}/peaks?track=agent&from=0&to=60000&points=600`,
      );
      return Math.max(...(body.peaks as [number, number][]).map(([, high]) => high));
    };
    // The scripted voice is ten times softer.
    await expect.poll(loudness, { timeout: 15_000 }).toBeGreaterThan(0.1);

    await page.getByRole('button', { name: 'Give back' }).click();
    await page.getByRole('article').filter({ hasText: 'is back' }).waitFor();
    await page.getByRole('button', { name: 'Take over' }).waitFor();
  });

  it('has no serious finding of axe, live or recorded, on a desk or a phone', async () => {
    const caller = await interruptedCall();
    await caller.listened();
    const desk = await look(caller.phone.callSid);
    await transcript(desk).getByText('not heard').waitFor();
    expect(await seriousFaults(desk)).toEqual([]);
    await desk.emulateMedia({ colorScheme: 'dark' });
    await timeline(desk).press('ArrowLeft');
    expect(await seriousFaults(desk)).toEqual([]);

    await caller.phone.hangUp();
    await caller.summary();
    const phone = await look(caller.phone.callSid, PHONE);
    for (const tab of ['Transcript', 'Charts', 'Timing', 'Facts', 'Log']) {
      await phone.getByRole('tab', { name: tab }).click();
      expect(await seriousFaults(phone), tab).toEqual([]);
      expect(await phone.evaluate('document.documentElement.scrollWidth'), tab).toBe(PHONE.width);
    }
  });

  it('says so when nobody knows the call', async () => {
    const page = await look(`CA${'0'.repeat(32)}`);
    await page.getByRole('heading', { name: 'There is no such call' }).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
  });
});
