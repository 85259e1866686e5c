import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { packageFolder } from '../../src/package-folder.ts';
import { noBrowser, openBrowser } from '../visualizations/browser.ts';
import { scriptPerFrame } from '../visualizations/script-per-frame.ts';
import { moved, rowOf } from '../visualizations/scripted-calls.ts';
import { ScriptedConsole } from '../visualizations/scripted-console.ts';
import type { Bench, Figure } from './bench.ts';

const FEW = 20;
const BEATS_A_SECOND = 4;
const FRAME_BUDGET_MS = 16;

/** What the console's list of live calls costs a browser, beside a list that shows all it has. */
export const liveList: Bench = {
  name: 'live-list',
  title:
    'The list of live calls in Chromium: script a frame while half of the calls change four times a second',
  async run({ calls, seconds, onProgress }) {
    if (noBrowser) throw new Error(noBrowser);
    const server = new ScriptedConsole(join(packageFolder(), 'dist', 'console'));
    const url = await server.listen();
    const browser = await openBrowser();
    try {
      onProgress(`${FEW} calls`);
      const few = figuresOf(FEW, await framesOf(browser, server, url, FEW, seconds));
      onProgress(`${calls} calls`);
      const many = figuresOf(calls, await framesOf(browser, server, url, calls, seconds), FRAME_BUDGET_MS);
      const ratio = many[1]!.value / few[1]!.value;
      return {
        figures: [...few, ...many, { name: `p99 of ${calls} beside ${FEW}`, value: ratio, unit: '×' }],
        profiles: {},
      };
    } finally {
      await browser.close();
      await server.close();
    }
  },
};

/** Milliseconds of script in each frame, longest first. */
async function framesOf(
  browser: Browser,
  server: ScriptedConsole,
  url: string,
  calls: number,
  seconds: number,
): Promise<number[]> {
  server.calls = Array.from({ length: calls }, (_, number) => rowOf(number, Date.now()));
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${url}/calls`);
  await page.locator('.call-row').first().waitFor();
  await page.mouse.move(700, 500);
  const frames = await scriptPerFrame(browser, page, async () => {
    for (let beat = 1; beat <= seconds * BEATS_A_SECOND; beat++) {
      const changed = server.calls.filter((_, at) => at % 2 === beat % 2).map(row => moved(row, beat));
      server.tell(changed, [server.calls[beat % server.calls.length]!.callSid]);
      // A person looks through them meanwhile.
      await page.mouse.wheel(0, beat % 4 === 0 ? -900 : 400);
      await page.waitForTimeout(1_000 / BEATS_A_SECOND);
    }
  });
  await page.close();
  return frames.sort((a, b) => b - a);
}

function figuresOf(calls: number, frames: readonly number[], target?: number): Figure[] {
  const note = `of ${frames.length} frames`;
  const at = (share: number) => frames[Math.floor(frames.length * (1 - share))]!;
  return [
    { name: `${calls} calls: p50`, value: at(0.5), unit: 'ms', note },
    { name: `${calls} calls: p99`, value: at(0.99), unit: 'ms', note, ...(target ? { target } : {}) },
    { name: `${calls} calls: longest`, value: frames[0]!, unit: 'ms', note },
  ];
}
