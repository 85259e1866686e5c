import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PATH = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Why these tests cannot run here, or false. */
export const noBrowser: string | false = existsSync(PATH)
  ? false
  : `There is no Chromium at ${PATH}; set CHROMIUM_PATH to run this test.`;

/** Real Chromium. `microphone`: a WAV file that it hears once instead of a microphone. */
export function openBrowser({ microphone }: { microphone?: string } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: PATH,
    headless: true,
    args: [
      '--no-sandbox',
      // A machine without one would emulate it, which costs more than drawing without.
      '--disable-gpu',
      '--autoplay-policy=no-user-gesture-required',
      // Pages that a test hands over itself have no address, and may then not talk to this machine.
      '--disable-features=LocalNetworkAccessChecks',
      ...(microphone
        ? [
            '--use-fake-ui-for-media-stream',
            '--use-fake-device-for-media-stream',
            `--use-file-for-fake-audio-capture=${microphone}%noloop`,
          ]
        : []),
    ],
  });
}

/** What was done to the page is drawn, and no colour is on its way to another. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`);
  await page.evaluate(`Promise.allSettled(
    document.getAnimations()
      .filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime))
      .map(({ finished }) => finished),
  ).then(() => null)`);
}
