import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { decodeMuLaw } from '../../runtime/media/mulaw.ts';
import { speakLines } from '../../src/caller/text-to-speech.ts';
import { writeStereoWav } from '../../src/caller/wav.ts';
import { ServedProcess } from '../e2e/served-process.ts';
import { layFirstStart } from '../harness/first-start.ts';
import { noBrowser, openBrowser } from './browser.ts';
import { builtConsole } from './built-console.ts';
import { proxyPages } from './page-proxy.ts';

/** Ears, voices and a browser start on a machine that may be busy. */
const LIMIT_MS = 180_000;
const SAMPLES_PER_MS = 8;

let folder: string;
let server: ServedProcess | undefined;
let pages: Awaited<ReturnType<typeof proxyPages>> | undefined;

/** The product with its embedded ears and voice, and its pages. */
beforeAll(async () => {
  if (noBrowser) return;
  folder = mkdtempSync(join(tmpdir(), 'aybiza-spoken-'));
  await layFirstStart(join(folder, 'data'));
  server = await ServedProcess.start({ AYBIZA_DATA_DIR: join(folder, 'data'), PORT: '0' });
  pages = await proxyPages(await builtConsole(), await server.url());
}, LIMIT_MS);

afterAll(async () => {
  pages?.close();
  await server?.kill();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** In real Chromium. */
async function openSoftphone(microphone?: string): Promise<Page> {
  const browser = await openBrowser(microphone === undefined ? {} : { microphone });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(40_000);
  await page.goto(pages!.url);
  return page;
}

/** What a microphone hears: these words three times, for on a busy machine the first may be torn. */
async function microphoneOf(
  words: string,
  { firstAtMs = 3_000, againAfterMs = 15_000 } = {},
): Promise<string> {
  const [speech] = await speakLines([words]);
  const spoken = decodeMuLaw(speech!);
  const times = [0, 1, 2].map(time => firstAtMs + time * againAfterMs);
  const samples = new Int16Array((times[2]! + againAfterMs) * SAMPLES_PER_MS + spoken.length);
  for (const atMs of times) samples.set(spoken, atMs * SAMPLES_PER_MS);
  const folder = mkdtempSync(join(tmpdir(), 'aybiza-microphone-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'microphone.wav');
  writeFileSync(file, writeStereoWav(samples, samples));
  return file;
}

const agentLine = (page: Page, index: number) => page.locator('.said.agent').nth(index);

it.skipIf(noBrowser)(
  'a caller who speaks into the browser cuts the agent short, is understood, and hears the answer',
  { timeout: LIMIT_MS },
  async () => {
    const page = await openSoftphone(await microphoneOf('When are you open?'));
    await page.getByRole('button', { name: 'Call', exact: true }).click();

    await agentLine(page, 0).getByText('cut short').waitFor();
    await page.locator('.said.caller').first().waitFor();
    await page.locator('.said.agent').getByText('Monday to Friday').first().waitFor();
    await page.locator('.said.flow').getByText('asksOpeningHours').first().waitFor();
    // The end of the greeting was never heard: its marks came back from a speaker that was cleared.
    await agentLine(page, 0).locator('.unheard').getByText('number').waitFor();
    // The chart follows: its own root is closed to selectors of the page, not to the locator.
    await page.locator('.state.lit[data-state="orderStatus.answering.openingHours"]').waitFor();

    // The answer is played to its end, and only then noted as heard.
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('You hung up.').waitFor();
  },
);

it.skipIf(noBrowser)(
  'a caller without a microphone types and presses keys, and the agent says goodbye first',
  { timeout: LIMIT_MS },
  async () => {
    const page = await openSoftphone();
    await page.getByRole('button', { name: 'Type instead of speaking' }).click();
    await agentLine(page, 0).waitFor();
    await page.getByLabel('Say by typing').fill('where is my order');
    await page.keyboard.press('Enter');
    await page.getByText('where is my order').waitFor();
    await agentLine(page, 1).waitFor();

    await page.getByRole('button', { name: 'Keypad' }).click();
    for (const digit of '1001#') await page.getByRole('button', { name: digit, exact: true }).click();
    await page.getByText('orderNumber 1001').waitFor();
    await page.getByText('lookUpOrder answered').waitFor();

    await page.getByLabel('Say by typing').fill('goodbye');
    await page.keyboard.press('Enter');
    await page.getByText('The agent ended the call.').waitFor();
  },
);

it.skipIf(noBrowser)(
  'a caller whose browser refuses the microphone is told what to do, and can type',
  { timeout: LIMIT_MS },
  async () => {
    const page = await openSoftphone();
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    const refusal = page.getByRole('alert');
    await refusal.waitFor();
    expect(await refusal.innerText()).toMatch(/microphone.*or type what you want to say/is);
    expect(await page.getByRole('button', { name: 'Type instead of speaking' }).isVisible()).toBe(true);
  },
);
